package dev.calandra.engine.tape;

import dev.calandra.engine.DType;
import dev.calandra.engine.DispatchPlan;
import dev.calandra.engine.Groups;
import dev.calandra.engine.Kernels;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.TensorMemory;
import dev.calandra.engine.collective.Communicator;
import dev.calandra.engine.collective.Purpose;
import java.util.Arrays;

/** The choices of this rank's tokens, told to those who hold the experts. */
final class Announcement {
    private final TensorMemory memory;
    private final ExpertGroup group;
    private final Communicator ranks;
    private final DispatchPlan plan;
    private final int local;
    private final int[] offsets;
    private final int[] tokenR;
    private final int[] sentTokens;
    private final int[] sentRows;

    Announcement(TensorMemory memory, ExpertGroup group, DispatchPlan plan) {
        this.memory = memory;
        this.group = group;
        this.ranks = group.ranks();
        this.plan = plan;
        this.local = group.share(plan.groups().count());
        this.offsets = plan.groups().offsets().toInts();
        this.tokenR = plan.token().toInts();
        this.sentTokens = new int[ranks.size()];
        this.sentRows = new int[ranks.size()];
    }

    ExpertRows exchange(Kernels kernels) {
        int[] tokens = new int[plan.rows()];
        int[] place = new int[plan.rows()];
        int sent = 0;
        for (int r = 0; r < ranks.size(); r++) {
            sentTokens[r] = placeTokens(r, tokens, sent, place);
            sentRows[r] = offsets[(r + 1) * local] - offsets[r * local];
            sent += sentTokens[r];
        }
        Arrival arrival = announced();
        int choices = Arrays.stream(arrival.rows()).sum();
        try (Tensor placeR = memory.allocate(DType.I32, place.length, 1);
                Tensor placeN = memory.allocate(DType.I32, choices, 1)) {
            placeR.copyFrom(place);
            Purpose.ROUTES.during(() -> ranks.allToAll(placeR, sentRows, placeN, arrival.rows()));
            int[] source = new int[choices];
            int[] home = new int[choices];
            int[] ends = arrival.sort(placeN.toInts(), group.gradients(), source, home);
            Journey journey = new Journey(
                    ints(Arrays.copyOf(tokens, sent)),
                    sentTokens,
                    arrival.tokens(),
                    sentRows,
                    arrival.rows(),
                    ints(home));
            return new ExpertRows(kernels, memory, group, new Groups(ints(ends), local), ints(source), journey);
        }
    }

    private Arrival announced() {
        return Purpose.ROUTES.of(() -> new Arrival(ranks.allToAll(counts()), ranks.size(), local));
    }

    /** Lists the tokens that go to a rank, each once and in order, and where among them each choice finds its token. */
    private int placeTokens(int rank, int[] tokens, int from, int[] place) {
        int[] index = new int[plan.slot().rows()];
        int first = offsets[rank * local];
        int end = offsets[(rank + 1) * local];
        for (int row = first; row < end; row++) {
            index[tokenR[row]] = 1;
        }
        int count = 0;
        for (int token = 0; token < index.length; token++) {
            if (index[token] == 1) {
                tokens[from + count] = token;
                index[token] = count++;
            }
        }
        for (int row = first; row < end; row++) {
            place[row] = index[tokenR[row]];
        }
        return count;
    }

    /** For each rank: tokens, then choices by expert. */
    private int[] counts() {
        int[] counts = new int[ranks.size() * (local + 1)];
        for (int r = 0; r < ranks.size(); r++) {
            int at = r * (local + 1);
            counts[at] = sentTokens[r];
            for (int e = 0; e < local; e++) {
                counts[at + 1 + e] = offsets[r * local + e + 1] - offsets[r * local + e];
            }
        }
        return counts;
    }

    private Tensor ints(int[] values) {
        Tensor tensor = memory.allocate(DType.I32, values.length);
        tensor.copyFrom(values);
        return tensor;
    }
}
