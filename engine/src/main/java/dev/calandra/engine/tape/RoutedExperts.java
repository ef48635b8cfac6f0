package dev.calandra.engine.tape;

import dev.calandra.engine.DType;
import dev.calandra.engine.DispatchPlan;
import dev.calandra.engine.GatheredRows;
import dev.calandra.engine.Groups;
import dev.calandra.engine.Operand;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.recipe.Encoded;
import dev.calandra.engine.recipe.Signal;

/**
 * out[t] = base[t] + sum over the token's experts e of weight · down_e(swiGlu(gateUp_e(x[t]))).
 *
 * <p>R = T·K rows in expert order. The permuted copies of x and of the output's gradient are never written: products
 * gather rows as they read them. The experts' answers y are not kept either, although the gradient of a routing weight
 * is y·dOut: with da = dOut·w_down computed from the unweighted gradient it is also a·da, and a follows from what SwiGLU
 * keeps anyway (Ling 2.0, arXiv 2510.22115, 5: the weight folded into the activation).
 */
public final class RoutedExperts implements Operation {

    private final Tape tape;
    private final Variable x;
    private final Variable weight;
    private final Variable base;
    private final Variable out;
    private final LinearWeight gateUp;
    private final LinearWeight down;
    private final Kept kept;

    private RoutedExperts(Experts experts, Variable weight, Variable base, Variable out, Kept kept) {
        this.tape = experts.tape;
        this.x = experts.input.variable();
        this.weight = weight;
        this.base = base;
        this.out = out;
        this.gateUp = experts.gateUp;
        this.down = experts.down;
        this.kept = kept;
    }

    /** What the way back reads. */
    private record Kept(DispatchPlan plan, Tensor weightR, Tensor gateUpRF2, KeptColumns xColumns, KeptColumns aColumns)
            implements AutoCloseable {

        Kept share() {
            return new Kept(plan.share(), weightR.share(), gateUpRF2.share(), xColumns.share(), aColumns.share());
        }

        @Override
        public void close() {
            plan.close();
            weightR.close();
            gateUpRF2.close();
            xColumns.close();
            aColumns.close();
        }
    }

    /** What the forward pass works with. */
    private record Experts(Tape tape, LinearInput input, LinearWeight gateUp, LinearWeight down, DispatchPlan plan) {

        /** gateUp [R, 2F] of the tokens' rows, gathered on the fly. */
        void writeGateUp(Tensor gateUpRF2) {
            Operand rows = new GatheredRows(input.rows(gateUp).operand(), plan.token());
            tape.kernels().linear(rows, Linear.weightOf(tape, gateUp), plan.groups(), gateUpRF2);
        }

        Encoded encodeRows(Tensor aRF) {
            Encoded rows = down.recipe().rows(tape.kernels(), tape.memory(), aRF);
            tape.health().observe(down.name(), Signal.ACTIVATION_ROWS, aRF, rows, null);
            return rows;
        }

        void record(Variable weight, Variable base, Variable out, Tensor gateUpRF2, Tensor aRF, Encoded aRows) {
            try (Tensor weightR = tape.memory().allocate(DType.F32, plan.rows());
                    KeptColumns aColumns = KeptColumns.now(tape, down, aRF, null, aRows, plan.groups());
                    KeptColumns xColumns = input.columns(gateUp, plan.token(), plan.groups())) {
                tape.kernels().gather(weight.value(), plan.choice(), weightR);
                Kept kept = new Kept(plan, weightR, gateUpRF2, xColumns, aColumns).share();
                tape.record(new RoutedExperts(this, weight, base, out, kept));
            }
        }
    }

    /**
     * @param input [T, D]
     * @param gateUp [E, 2F, D]
     * @param down [E, D, F]
     * @param base [T, D] to add to (the shared experts' answer), used up; null for zero
     */
    public static Variable apply(
            Tape tape, LinearInput input, Routing routing, LinearWeight gateUp, LinearWeight down, Variable base) {
        Experts experts = new Experts(tape, input, gateUp, down, routing.plan());
        Variable out = outputOver(tape, input, base);
        int rows = routing.plan().rows();
        try (Tensor gateUpRF2 = tape.memory().allocate(DType.F32, rows, gateUp.outputs());
                Tensor aRF = tape.memory().allocate(DType.F32, rows, down.inputs())) {
            experts.writeGateUp(gateUpRF2);
            tape.kernels().swiGlu(gateUpRF2, aRF);
            try (Encoded aRows = experts.encodeRows(aRF)) {
                answer(experts, aRows, routing, out, base != null);
                if (tape.recording()) {
                    experts.record(routing.weight(), base, out, gateUpRF2, aRF, aRows);
                }
            }
        }
        return out;
    }

    private static Variable outputOver(Tape tape, LinearInput input, Variable base) {
        if (base == null) {
            return tape.allocate(input.variable().value().shape());
        }
        try (Tensor start = base.value()) {
            if (start.exclusive()) {
                return tape.variable(start.share());
            }
            Variable copy = tape.allocate(start.shape());
            copy.value().copyFrom(start);
            return copy;
        }
    }

    private static void answer(Experts experts, Encoded aRows, Routing routing, Variable out, boolean accumulate) {
        Tape tape = experts.tape;
        DispatchPlan plan = experts.plan;
        try (Tensor yRD = tape.memory().allocate(DType.F32, plan.rows(), experts.down.outputs())) {
            tape.kernels().linear(aRows.operand(), Linear.weightOf(tape, experts.down), plan.groups(), yRD);
            tape.kernels().combine(yRD, routing.weight().value(), plan.slot(), out.value(), accumulate);
        }
    }

    @Override
    public void backward() {
        try (Tensor dOut = out.takeGradient()) {
            if (dOut == null) {
                return;
            }
            try (Tensor dGateUp = tape.memory().allocate(DType.F32, kept.gateUpRF2.shape())) {
                backwardDown(dOut, dGateUp);
                backwardGateUp(dGateUp);
            }
            if (base != null) {
                base.addGradient(dOut.share());
            }
        }
    }

    /** From the output's gradient to those of the down projection, the routing weights, and gate and up. */
    private void backwardDown(Tensor dOutTD, Tensor dGateUpRF2) {
        Groups groups = kept.plan.groups();
        try (Tensor daRF = tape.memory().allocate(DType.F32, kept.plan.rows(), down.inputs());
                Tensor dWeightR = tape.memory().allocate(DType.F32, kept.plan.rows())) {
            try (OutputGradient gradient = new OutputGradient(tape, down, dOutTD)) {
                Operand unweighted = new GatheredRows(gradient.rows(), kept.plan.token());
                tape.kernels()
                        .linearInputGrad(unweighted, down.operand(tape.kernels(), tape.memory()), groups, daRF, false);
                gradient.addWeightGradient(
                        new GatheredRows(dOutTD, kept.plan.token(), kept.weightR),
                        kept.aColumns.operand(null, groups),
                        groups);
            }
            tape.kernels().swiGluBackward(daRF, kept.gateUpRF2, kept.weightR, dGateUpRF2, dWeightR);
            weight.addGradient(dWeightTK -> tape.kernels().scatter(dWeightR, kept.plan.choice(), dWeightTK));
        }
    }

    private void backwardGateUp(Tensor dGateUpRF2) {
        Groups groups = kept.plan.groups();
        try (OutputGradient gradient = new OutputGradient(tape, gateUp, dGateUpRF2)) {
            gradient.addWeightGradient(dGateUpRF2, kept.xColumns.operand(kept.plan.token(), groups), groups);
            try (Tensor dxRD = tape.memory().allocate(DType.F32, kept.plan.rows(), gateUp.inputs())) {
                Operand w = gateUp.operand(tape.kernels(), tape.memory());
                tape.kernels().linearInputGrad(gradient.rows(), w, groups, dxRD, false);
                Variable.GradientTarget dx = x.gradientTarget();
                tape.kernels().combine(dxRD, null, kept.plan.slot(), dx.tensor(), dx.accumulate());
            }
        }
    }

    @Override
    public void close() {
        kept.close();
    }
}
