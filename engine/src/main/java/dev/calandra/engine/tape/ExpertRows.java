package dev.calandra.engine.tape;

import dev.calandra.engine.DType;
import dev.calandra.engine.DispatchPlan;
import dev.calandra.engine.Fp8Tensor;
import dev.calandra.engine.Groups;
import dev.calandra.engine.Kernels;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.TensorMemory;
import dev.calandra.engine.collective.Purpose;
import dev.calandra.engine.recipe.Encoded;
import java.util.Arrays;

/**
 * The rows that this rank's experts work on, and the ways there and back.
 *
 * <p>T tokens here and R = T·K choices of experts, sorted by expert as the {@link DispatchPlan} has them, so by the rank that
 * holds the expert. A token travels once to each rank that holds one of its experts: U rows. What arrives are V rows, one for
 * each token and rank it comes from; N choices fall on the experts here. Where ranks are taken together these are sorted by
 * expert, then by the rank they come from, then by token, which is the order of one rank that has all the tokens: so the
 * products, and the tiles along the tokens, are those of one rank. Where ranks are kept apart the order of arrival is that of
 * work, by rank, then expert, then token: each rank's rows are groups of their own.
 *
 * <p>In a group of one nothing moves: V = T, N = R, and the rows are the plan's.
 */
final class ExpertRows implements AutoCloseable {

    private final Kernels kernels;
    private final TensorMemory memory;
    private final ExpertGroup group;
    private final Groups groups;
    private final Tensor sourceN;
    private final Journey journey;

    /** @param journey null in a group of one */
    ExpertRows(
            Kernels kernels, TensorMemory memory, ExpertGroup group, Groups groups, Tensor sourceN, Journey journey) {
        this.kernels = kernels;
        this.memory = memory;
        this.group = group;
        this.groups = groups;
        this.sourceN = sourceN;
        this.journey = journey;
    }

    /** Tells the other ranks what will come and hears what they will send; the caller's to close. */
    static ExpertRows of(Tape tape, ExpertGroup group, DispatchPlan plan) {
        if (group.ranks().size() == 1) {
            return new ExpertRows(
                    tape.kernels(),
                    tape.memory(),
                    group,
                    plan.groups().share(),
                    plan.token().share(),
                    null);
        }
        return new Announcement(tape.memory(), group, plan).exchange(tape.kernels());
    }

    /** Rows of each of this rank's experts, of each set of ranks that is worked on together; borrowed. */
    Groups groups() {
        return groups;
    }

    /** I32 [N]: which arrived token each row reads; borrowed. */
    Tensor source() {
        return sourceN;
    }

    /** N. */
    int rows() {
        return (int) sourceN.size();
    }

    /** Whether {@link #tokens} gives the very values it is given, so that whoever has them need not ask. */
    boolean atHome() {
        return journey == null && group.wire() == ExpertGroup.Wire.F32;
    }

    /** Whether rows travel as FP8 codes. */
    boolean coded() {
        return group.wire() == ExpertGroup.Wire.FP8;
    }

    /**
     * Sends each token's row to the ranks that hold its experts.
     *
     * @param xTD F32
     * @param encoded the same in row tiles, where {@link #coded}; else null
     * @return F32 [V, D], what has arrived; the caller's to close
     */
    Tensor tokens(Tensor xTD, Encoded encoded) {
        return switch (group.wire()) {
            case F32 -> journey == null ? xTD.share() : exact(xTD);
            case FP8 -> coded((Fp8Tensor) encoded.operand());
        };
    }

    private Tensor exact(Tensor xTD) {
        int width = xTD.columns();
        try (Tensor sent = memory.allocate(DType.F32, journey.sent(), width);
                Tensor arrived = memory.allocate(DType.F32, journey.arriving(), width)) {
            kernels.embedding(xTD, journey.tokenU(), sent);
            exchange(Purpose.DISPATCH, sent, journey.sentTokens(), arrived, journey.arrivingTokens());
            return arrived.share();
        }
    }

    private Tensor coded(Fp8Tensor codes) {
        int width = codes.columns();
        if (journey == null) {
            return decoded(codes);
        }
        try (Tensor sent = Fp8Rows.pack(memory, codes, journey.tokenU());
                Tensor arrived = memory.allocate(DType.U8, journey.arriving(), sent.columns())) {
            exchange(Purpose.DISPATCH, sent, journey.sentTokens(), arrived, journey.arrivingTokens());
            try (Fp8Tensor there = Fp8Rows.unpack(memory, arrived, codes.format(), width)) {
                return decoded(there);
            }
        }
    }

    private Tensor decoded(Fp8Tensor codes) {
        try (Tensor values = memory.allocate(DType.F32, codes.rows(), codes.columns())) {
            kernels.dequantise(codes, null, values);
            return values.share();
        }
    }

    /**
     * Brings the experts' answers home, or the gradients of their rows.
     *
     * @return F32 [R, D] in the order of the plan, from [N, D]; the caller's to close
     */
    Tensor home(Tensor yND) {
        if (journey == null) {
            return switch (group.answers()) {
                case F32 -> yND.share();
                case BF16 -> rounded(yND);
            };
        }
        try (Tensor sent = memory.allocate(DType.F32, rows(), yND.columns())) {
            kernels.embedding(yND, journey.homeN(), sent);
            return switch (group.answers()) {
                case F32 -> home(sent, Purpose.COMBINE);
                case BF16 -> homeRounded(sent);
            };
        }
    }

    private Tensor homeRounded(Tensor sent) {
        try (Tensor rounded = cast(sent, DType.BF16);
                Tensor arrived = home(rounded, Purpose.COMBINE)) {
            return cast(arrived, DType.F32);
        }
    }

    private Tensor rounded(Tensor values) {
        try (Tensor rounded = cast(values, DType.BF16)) {
            return cast(rounded, DType.F32);
        }
    }

    private Tensor cast(Tensor values, DType type) {
        try (Tensor to = memory.allocate(type, values.shape())) {
            kernels.cast(values, to);
            return to.share();
        }
    }

    /** Sends rows, in the order in which the choices arrived, to where those came from. */
    private Tensor home(Tensor sent, Purpose purpose) {
        int choices = Arrays.stream(journey.sentRows()).sum();
        try (Tensor arrived = memory.allocate(sent.dtype(), choices, sent.columns())) {
            exchange(purpose, sent, journey.arrivingRows(), arrived, journey.sentRows());
            return arrived.share();
        }
    }

    private void exchange(Purpose purpose, Tensor sent, int[] sentRows, Tensor arrived, int[] arrivingRows) {
        purpose.during(() -> group.ranks().allToAll(sent, sentRows, arrived, arrivingRows));
    }

    /** Sends one number for each choice: F32 [R] in the order of the plan → [N]; the caller's to close. */
    Tensor choices(Tensor valueR) {
        if (journey == null) {
            return valueR.share();
        }
        try (Tensor arrived = memory.allocate(DType.F32, rows(), 1);
                Tensor sorted = memory.allocate(DType.F32, rows())) {
            Tensor sent = valueR.reshape((int) valueR.size(), 1);
            exchange(Purpose.ROUTES, sent, journey.sentRows(), arrived, journey.arrivingRows());
            kernels.scatter(arrived.reshape(rows()), journey.homeN(), sorted);
            return sorted.share();
        }
    }

    /** The way back of {@link #choices}: F32 [N] → [R]; the caller's to close. */
    Tensor choicesHome(Tensor valueN) {
        if (journey == null) {
            return valueN.share();
        }
        try (Tensor sent = memory.allocate(DType.F32, rows(), 1);
                Tensor arrived = home(gathered(valueN, sent), Purpose.ROUTES)) {
            return arrived.reshape((int) arrived.size()).share();
        }
    }

    private Tensor gathered(Tensor valueN, Tensor sent) {
        kernels.gather(valueN, journey.homeN(), sent.reshape(rows()));
        return sent;
    }

    /** A second handle. */
    ExpertRows share() {
        return new ExpertRows(
                kernels, memory, group, groups.share(), sourceN.share(), journey == null ? null : journey.share());
    }

    @Override
    public void close() {
        groups.offsets().close();
        sourceN.close();
        if (journey != null) {
            journey.close();
        }
    }
}
