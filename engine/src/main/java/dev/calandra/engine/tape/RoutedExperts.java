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
 * <p>R = T·K choices in expert order, of which N rows fall on the experts of this rank: all of them where it is alone, see
 * {@link ExpertRows}. The permuted copies of x and of the output's gradient are never written: products
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
    private record Kept(
            DispatchPlan plan,
            ExpertRows rows,
            Tensor weightN,
            Tensor gateUpNF2,
            KeptColumns xColumns,
            KeptColumns aColumns)
            implements AutoCloseable {

        Kept share() {
            return new Kept(
                    plan.share(), rows.share(), weightN.share(), gateUpNF2.share(), xColumns.share(), aColumns.share());
        }

        @Override
        public void close() {
            plan.close();
            rows.close();
            weightN.close();
            gateUpNF2.close();
            xColumns.close();
            aColumns.close();
        }
    }

    /**
     * What the forward pass works with.
     *
     * @param input the tokens of this rank
     * @param arrived the tokens that its experts read; the same in a group of one
     */
    private record Experts(
            Tape tape,
            LinearInput input,
            LinearInput arrived,
            LinearWeight gateUp,
            LinearWeight down,
            DispatchPlan plan,
            ExpertRows rows) {

        /** gateUp [N, 2F] of the tokens' rows, gathered on the fly. */
        void writeGateUp(Tensor gateUpNF2) {
            Operand x = new GatheredRows(arrived.rows(gateUp).operand(), rows.source());
            tape.kernels().linear(x, Linear.weightOf(tape, gateUp), rows.groups(), gateUpNF2);
        }

        Encoded encodeRows(Tensor aNF) {
            Encoded encoded = down.recipe().rows(tape.kernels(), tape.memory(), aNF);
            tape.health().observe(down.name(), Signal.ACTIVATION_ROWS, aNF, encoded, null);
            return encoded;
        }

        void record(Variable weight, Variable base, Variable out, Tensor gateUpNF2, Tensor aNF, Encoded aRows) {
            try (Tensor weightR = tape.memory().allocate(DType.F32, plan.rows());
                    KeptColumns aColumns = KeptColumns.now(tape, down, aNF, null, aRows, rows.groups());
                    KeptColumns xColumns = arrived.columns(gateUp, rows.source(), rows.groups())) {
                tape.kernels().gather(weight.value(), plan.choice(), weightR);
                try (Tensor weightN = rows.choices(weightR)) {
                    Kept kept = new Kept(plan, rows, weightN, gateUpNF2, xColumns, aColumns).share();
                    tape.record(new RoutedExperts(this, weight, base, out, kept));
                }
            }
        }
    }

    /**
     * @param input [T, D]
     * @param gateUp [E, 2F, D], E the experts of this rank
     * @param down [E, D, F]
     * @param base [T, D] to add to (the shared experts' answer), used up; null for zero
     * @param group who holds which experts
     */
    public static Variable apply(
            Tape tape,
            LinearInput input,
            Routing routing,
            LinearWeight gateUp,
            LinearWeight down,
            Variable base,
            ExpertGroup group) {
        try (ExpertRows rows = ExpertRows.of(tape, group, routing.plan())) {
            if (rows.atHome()) {
                return apply(new Experts(tape, input, input, gateUp, down, routing.plan(), rows), routing, base);
            }
            Encoded codes = rows.coded() ? input.rows(gateUp) : null;
            Tensor tokens = rows.tokens(input.variable().value(), codes);
            try (Variable there = tape.variable(tokens);
                    LinearInput arrived = new LinearInput(tape, there)) {
                return apply(new Experts(tape, input, arrived, gateUp, down, routing.plan(), rows), routing, base);
            }
        }
    }

    private static Variable apply(Experts experts, Routing routing, Variable base) {
        Tape tape = experts.tape;
        Variable out = outputOver(tape, experts.input, base);
        int rows = experts.rows.rows();
        try (Tensor gateUpNF2 = tape.memory().allocate(DType.F32, rows, experts.gateUp.outputs());
                Tensor aNF = tape.memory().allocate(DType.F32, rows, experts.down.inputs())) {
            experts.writeGateUp(gateUpNF2);
            tape.kernels().swiGlu(gateUpNF2, aNF);
            try (Encoded aRows = experts.encodeRows(aNF)) {
                answer(experts, aRows, routing, out, base != null);
                if (tape.recording()) {
                    experts.record(routing.weight(), base, out, gateUpNF2, aNF, aRows);
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
        try (Tensor yND = tape.memory().allocate(DType.F32, experts.rows.rows(), experts.down.outputs())) {
            tape.kernels().linear(aRows.operand(), Linear.weightOf(tape, experts.down), experts.rows.groups(), yND);
            try (Tensor yRD = experts.rows.home(yND)) {
                tape.kernels().combine(yRD, routing.weight().value(), plan.slot(), out.value(), accumulate);
            }
        }
    }

    @Override
    public void backward() {
        try (Tensor dOut = out.takeGradient()) {
            if (dOut == null) {
                return;
            }
            try (Tensor dGateUp = tape.memory().allocate(DType.F32, kept.gateUpNF2.shape())) {
                backwardDown(dOut, dGateUp);
                backwardGateUp(dGateUp);
            }
            if (base != null) {
                base.addGradient(dOut.share());
            }
        }
    }

    /** From the output's gradient to those of the down projection, the routing weights, and gate and up. */
    private void backwardDown(Tensor dOutTD, Tensor dGateUpNF2) {
        try (Tensor daNF = tape.memory().allocate(DType.F32, kept.rows.rows(), down.inputs());
                Tensor dWeightN = tape.memory().allocate(DType.F32, kept.rows.rows())) {
            try (Tensor arrivedVD = outputGradientThere(dOutTD)) {
                backwardDown(arrivedVD, kept.rows, daNF);
            }
            tape.kernels().swiGluBackward(daNF, kept.gateUpNF2, kept.weightN, dGateUpNF2, dWeightN);
            try (Tensor dWeightR = kept.rows.choicesHome(dWeightN)) {
                weight.addGradient(dWeightTK -> tape.kernels().scatter(dWeightR, kept.plan.choice(), dWeightTK));
            }
        }
    }

    private Tensor outputGradientThere(Tensor dOutTD) {
        if (kept.rows.atHome()) {
            return dOutTD.share();
        }
        if (!kept.rows.coded()) {
            return kept.rows.tokens(dOutTD, null);
        }
        try (Encoded codes = down.recipe().rows(tape.kernels(), tape.memory(), dOutTD)) {
            return kept.rows.tokens(dOutTD, codes);
        }
    }

    /** @param dOutVD of the tokens that this rank's experts have read */
    private void backwardDown(Tensor dOutVD, ExpertRows rows, Tensor daNF) {
        Groups groups = rows.groups();
        try (OutputGradient gradient = new OutputGradient(tape, down, dOutVD)) {
            Operand unweighted = new GatheredRows(gradient.rows(), rows.source());
            tape.kernels()
                    .linearInputGrad(unweighted, down.operand(tape.kernels(), tape.memory()), groups, daNF, false);
            gradient.addWeightGradient(
                    new GatheredRows(dOutVD, rows.source(), kept.weightN), kept.aColumns.operand(null, groups), groups);
        }
    }

    private void backwardGateUp(Tensor dGateUpNF2) {
        Groups groups = kept.rows.groups();
        try (OutputGradient gradient = new OutputGradient(tape, gateUp, dGateUpNF2)) {
            gradient.addWeightGradient(dGateUpNF2, kept.xColumns.operand(kept.rows.source(), groups), groups);
            try (Tensor dxND = tape.memory().allocate(DType.F32, kept.rows.rows(), gateUp.inputs())) {
                Operand w = gateUp.operand(tape.kernels(), tape.memory());
                tape.kernels().linearInputGrad(gradient.rows(), w, groups, dxND, false);
                try (Tensor dxRD = kept.rows.home(dxND)) {
                    Variable.GradientTarget dx = x.gradientTarget();
                    tape.kernels().combine(dxRD, null, kept.plan.slot(), dx.tensor(), dx.accumulate());
                }
            }
        }
    }

    @Override
    public void close() {
        kept.close();
    }
}
