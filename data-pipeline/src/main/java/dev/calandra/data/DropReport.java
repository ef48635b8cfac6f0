package dev.calandra.data;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.calandra.data.quality.Drop;
import dev.calandra.data.quality.QualityStep;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** What the quality steps dropped from one source: how much by which step, and the first of each with their reasons. */
final class DropReport {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int SAMPLE = 20;

    private final Map<QualityStep, Tally> tallies = new EnumMap<>(QualityStep.class);

    private static final class Tally {
        private final List<Sample> samples = new ArrayList<>();
        private long documents;
        private long textBytes;
    }

    private record Sample(long number, String id, String reason) {}

    /**
     * Notes a document.
     *
     * @param number in the input, from 0
     */
    void add(Drop drop, long number, String id, long textBytes) {
        Tally tally = tallies.computeIfAbsent(drop.step(), step -> new Tally());
        tally.documents++;
        tally.textBytes += textBytes;
        if (tally.samples.size() < SAMPLE) {
            tally.samples.add(new Sample(number, id, drop.reason()));
        }
    }

    long documents() {
        return tallies.values().stream().mapToLong(tally -> tally.documents).sum();
    }

    ArrayNode toJson() {
        ArrayNode steps = JSON.createArrayNode();
        tallies.forEach((step, tally) -> {
            ObjectNode node = steps.addObject()
                    .put("step", step.label())
                    .put("documents", tally.documents)
                    .put("text_bytes", tally.textBytes);
            ArrayNode samples = node.putArray("samples");
            for (Sample sample : tally.samples) {
                samples.addObject()
                        .put("document", sample.number() + 1)
                        .put("id", sample.id())
                        .put("reason", sample.reason());
            }
        });
        return steps;
    }
}
