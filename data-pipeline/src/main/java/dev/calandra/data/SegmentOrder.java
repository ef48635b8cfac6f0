package dev.calandra.data;

import dev.calandra.data.mixture.Apportionment;
import dev.calandra.data.mixture.MixtureOrder;
import dev.calandra.data.mixture.MixtureSchedule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The order of the samples of one segment. */
final class SegmentOrder {
    private final MixtureSegment segment;
    private final List<String> names;
    private final MixtureOrder order;

    /**
     * Which window a sample is.
     *
     * @param source name of the source
     * @param ordinal place of the window in the order of the source's windows
     */
    record Place(String source, long ordinal) {}

    SegmentOrder(MixtureSegment segment, long seed) {
        this.segment = segment;
        this.names = new ArrayList<>(segment.shares().keySet());
        MixtureSchedule schedule =
                new MixtureSchedule(new ArrayList<>(segment.shares().values()));
        this.order = new MixtureOrder(new Apportionment(schedule, MixtureStream.BLOCK_SIZE), seed);
    }

    MixtureSegment segment() {
        return segment;
    }

    /** @param sample number in the run, of this segment */
    Place place(long sample) {
        MixtureOrder.Origin origin = order.origin(sample - segment.firstSample());
        String name = names.get(origin.source());
        return new Place(name, segment.start(name).ordinal() + origin.ordinal());
    }

    /** Samples that each source of the segment has given in it before a sample of the run, by name. */
    Map<String, Long> servedBefore(long sample) {
        long[] counts = order.servedBefore(sample - segment.firstSample());
        Map<String, Long> served = new LinkedHashMap<>();
        for (int d = 0; d < counts.length; d++) {
            served.put(names.get(d), counts[d]);
        }
        return served;
    }
}
