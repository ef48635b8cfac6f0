package dev.calandra.engine.agreement;

import dev.calandra.engine.GatheredRows;
import dev.calandra.engine.Groups;
import dev.calandra.engine.Operand;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.support.TestTensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Products: dense and grouped, every kind of operand, gradients. */
final class ProductCases {

    private static final int[][] DENSE_ROWS = {{1}, {7}, {127}, {128}, {129}, {300}};
    private static final int[][] DENSE_WIDTHS = {{1, 1}, {127, 129}, {128, 128}, {129, 7}, {7, 300}};
    /** Rows of each expert: none, some with none, all rows to one, one token. */
    private static final int[][] GROUPED_ROWS = {
        {0, 7, 0, 129, 1}, {0, 0, 137, 0}, {1, 0, 0}, {128, 127, 0, 40}, {300, 3, 130}
    };

    private static final int[][] GROUPED_WIDTHS = {{33, 130}, {128, 256}};

    private ProductCases() {}

    /** How the values of an operand are kept. */
    private enum Kind {
        F32,
        BF16,
        FP8,
        GATHERED_F32,
        GATHERED_SCALED_F32,
        GATHERED_BF16,
        GATHERED_FP8,
        GATHERED_SCALED_FP8;

        /** The kind of the weight that goes with rows of this kind. */
        Kind weight() {
            return switch (this) {
                case F32, GATHERED_F32, GATHERED_SCALED_F32 -> F32;
                case BF16, GATHERED_BF16 -> BF16;
                case FP8, GATHERED_FP8, GATHERED_SCALED_FP8 -> FP8;
            };
        }
    }

    static Stream<KernelCase> all() {
        List<KernelCase> cases = new ArrayList<>();
        for (int[] rows : DENSE_ROWS) {
            for (int[] widths : DENSE_WIDTHS) {
                for (Kind kind : List.of(Kind.F32, Kind.BF16, Kind.FP8)) {
                    add(cases, kind, rows, widths[0], widths[1]);
                }
            }
        }
        for (int[] rows : GROUPED_ROWS) {
            for (int[] widths : GROUPED_WIDTHS) {
                for (Kind kind : Kind.values()) {
                    add(cases, kind, rows, widths[0], widths[1]);
                }
            }
        }
        for (Kind kind : List.of(Kind.F32, Kind.BF16, Kind.FP8)) {
            cases.add(twiceRound(kind, new int[] {3, 0, 129, 1, 7, 0}, 33, 130));
        }
        // Wide enough for several blocks of work on each thread.
        add(cases, Kind.FP8, new int[] {390}, 520, 640);
        add(cases, Kind.F32, new int[] {390}, 520, 640);
        return cases.stream();
    }

    private static void add(List<KernelCase> cases, Kind kind, int[] groupRows, int outputs, int inputs) {
        String shape = "%s, rows %s, N %d, K %d".formatted(kind, Arrays.toString(groupRows), outputs, inputs);
        int rows = Arrays.stream(groupRows).sum();
        int experts = groupRows.length;
        cases.add(new KernelCase("linear " + shape, (kernels, tensors, out) -> {
            Operand x = rows(tensors, kind, rows, inputs);
            Operand w = weight(tensors, kind.weight(), experts, outputs, inputs);
            Tensor y = tensors.output(rows, outputs);
            kernels.linear(x, w, tensors.groups(groupRows), y);
            out.close("y", y, Outputs.SUM);
        }));
        cases.add(new KernelCase("linearInputGrad " + shape, (kernels, tensors, out) -> {
            Operand dy = rows(tensors, kind, rows, outputs);
            Operand w = weight(tensors, kind.weight(), experts, outputs, inputs);
            Tensor dx = tensors.output(rows, inputs);
            Tensor sum = tensors.normal(rows, inputs);
            Groups groups = tensors.groups(groupRows);
            kernels.linearInputGrad(dy, w, groups, dx, false);
            kernels.linearInputGrad(dy, w, groups, sum, true);
            out.close("dx", dx, Outputs.SUM);
            out.close("sum", sum, Outputs.SUM);
        }));
        if (kind != Kind.GATHERED_FP8 && kind != Kind.GATHERED_SCALED_FP8) {
            cases.add(weightGrad(shape, kind, groupRows, outputs, inputs));
        }
    }

    /** Six groups of three experts: the rows of one source behind those of another. */
    private static KernelCase twiceRound(Kind kind, int[] groupRows, int outputs, int inputs) {
        int rows = Arrays.stream(groupRows).sum();
        int experts = groupRows.length / 2;
        String shape = "%s, rows %s of %d experts".formatted(kind, Arrays.toString(groupRows), experts);
        return new KernelCase("linear and linearInputGrad " + shape, (kernels, tensors, out) -> {
            Groups groups = new Groups(tensors.groups(groupRows).offsets(), experts);
            Operand w = weight(tensors, kind.weight(), experts, outputs, inputs);
            Tensor y = tensors.output(rows, outputs);
            Tensor dx = tensors.output(rows, inputs);
            kernels.linear(rows(tensors, kind, rows, inputs), w, groups, y);
            kernels.linearInputGrad(rows(tensors, kind, rows, outputs), w, groups, dx, false);
            out.close("y", y, Outputs.SUM);
            out.close("dx", dx, Outputs.SUM);
        });
    }

    /** Gathered rows on either side: tokens as inputs, the tokens' gradients as outputs. */
    private static KernelCase weightGrad(String shape, Kind kind, int[] groupRows, int outputs, int inputs) {
        int rows = Arrays.stream(groupRows).sum();
        return new KernelCase("linearWeightGrad " + shape, (kernels, tensors, out) -> {
            Groups groups = tensors.groups(groupRows);
            Tensor dw = tensors.normal(groupRows.length, outputs, inputs);
            Tensor dwOther = tensors.normal(groupRows.length, outputs, inputs);
            Operand plainX = columnOperand(tensors, kind.weight(), rows, inputs, groups);
            Operand plainDy = columnOperand(tensors, kind.weight(), rows, outputs, groups);
            Operand x = kind == kind.weight() ? plainX : rows(tensors, kind, rows, inputs);
            Operand dy = kind == kind.weight() ? plainDy : rows(tensors, kind, rows, outputs);
            kernels.linearWeightGrad(plainDy, x, groups, dw);
            kernels.linearWeightGrad(dy, plainX, groups, dwOther);
            out.close("dw", dw, Outputs.SUM);
            out.close("dw of the other side", dwOther, Outputs.SUM);
        });
    }

    private static Operand columnOperand(TestTensors tensors, Kind kind, int rows, int columns, Groups groups) {
        return kind == Kind.FP8
                ? tensors.columnTiles(tensors.normal(rows, columns), groups)
                : rows(tensors, kind, rows, columns);
    }

    private static Operand rows(TestTensors tensors, Kind kind, int rows, int columns) {
        // Gathered rows come from fewer tokens than there are rows: a token has several experts.
        int tokens = Math.max(1, rows / 3);
        return switch (kind) {
            case F32 -> tensors.normal(rows, columns);
            case BF16 -> tensors.normalBf16(rows, columns);
            case FP8 -> tensors.rowTiles(tensors.normal(rows, columns));
            case GATHERED_F32 -> gathered(tensors, tensors.normal(tokens, columns), rows, false);
            case GATHERED_SCALED_F32 -> gathered(tensors, tensors.normal(tokens, columns), rows, true);
            case GATHERED_BF16 -> gathered(tensors, tensors.normalBf16(tokens, columns), rows, false);
            case GATHERED_FP8 -> gathered(tensors, tensors.rowTiles(tensors.normal(tokens, columns)), rows, false);
            case GATHERED_SCALED_FP8 ->
                gathered(tensors, tensors.rowTiles(tensors.normal(tokens, columns)), rows, true);
        };
    }

    private static GatheredRows gathered(TestTensors tensors, Operand source, int rows, boolean scaled) {
        Tensor index = tensors.randomInts(source.rows(), rows);
        return new GatheredRows(source, index, scaled ? tensors.normal(rows) : null);
    }

    private static Operand weight(TestTensors tensors, Kind kind, int experts, int outputs, int inputs) {
        return switch (kind) {
            case F32 -> tensors.normal(experts, outputs, inputs);
            case BF16 -> tensors.normalBf16(experts, outputs, inputs);
            case FP8 -> tensors.blocks(tensors.normal(experts, outputs, inputs), outputs);
            default -> throw new IllegalArgumentException("weights are not gathered: " + kind);
        };
    }
}
