package dev.calandra.engine.agreement;

import dev.calandra.engine.DispatchPlan;
import dev.calandra.engine.RouterShape;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.support.TestTensors;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Feed-forward, routing, dispatch and the way home. */
final class ExpertCases {

    private static final int[][] FEED_FORWARD = {{1, 1}, {7, 7}, {127, 127}, {3, 128}, {129, 129}, {500, 20}};

    private static final RouterShape[] ROUTERS = {
        new RouterShape(8, 1, 1, 2, 1f),
        new RouterShape(7, 7, 3, 2, 2.5f),
        new RouterShape(32, 4, 2, 4, 2.5f),
        new RouterShape(33, 3, 2, 5, 2.5f),
        new RouterShape(256, 8, 4, 8, 2.5f),
        new RouterShape(1, 1, 1, 1, 2.5f)
    };

    private ExpertCases() {}

    static Stream<KernelCase> all() {
        List<KernelCase> cases = new ArrayList<>();
        for (int[] shape : FEED_FORWARD) {
            cases.add(swiGlu(shape[0], shape[1]));
        }
        for (RouterShape shape : ROUTERS) {
            for (int tokens : new int[] {1, 7, 129}) {
                for (Logits logits : Logits.values()) {
                    cases.add(route(shape, tokens, logits));
                }
                cases.add(routerLosses(shape, 1, tokens));
                cases.add(routerLosses(shape, 3, tokens));
            }
        }
        for (int tokens : new int[] {1, 7, 127, 260}) {
            for (int topK : new int[] {1, 4}) {
                cases.add(dispatch(tokens, topK, 9, false));
                cases.add(dispatch(tokens, topK, 9, true));
                cases.add(combine(tokens, topK, 129));
            }
        }
        cases.add(combine(40, 8, 7));
        return cases.stream();
    }

    private static KernelCase swiGlu(int rows, int width) {
        return new KernelCase("swiGlu %d x %d".formatted(rows, width), (kernels, tensors, out) -> {
            Tensor gateUp = tensors.normal(3.0, new int[] {rows, 2 * width});
            // Gates so far out that their exponential overflows or vanishes.
            gateUp.setFloat(0, -120f);
            gateUp.setFloat(gateUp.size() - 2 * width + width - 1, 120f);
            Tensor a = tensors.output(rows, width);
            kernels.swiGlu(gateUp, a);
            out.close("a", a, Outputs.ELEMENT);
            Tensor da = tensors.normal(rows, width);
            Tensor plain = tensors.output(rows, 2 * width);
            kernels.swiGluBackward(da, gateUp, null, plain, null);
            out.close("dGateUp", plain, Outputs.ELEMENT);
            Tensor scaled = tensors.output(rows, 2 * width);
            Tensor dScale = tensors.output(rows);
            kernels.swiGluBackward(da, gateUp, tensors.normal(rows), scaled, dScale);
            out.close("dGateUp scaled", scaled, Outputs.ELEMENT);
            out.close("dScale", dScale, Outputs.SUM);
            Tensor dScaleAlone = tensors.output(rows);
            kernels.swiGluBackward(da, gateUp, null, plain, dScaleAlone);
            out.close("dScale alone", dScaleAlone, Outputs.SUM);
        });
    }

    /** Scores of the experts before the sigmoid. */
    private enum Logits {
        /** On a coarse grid: many scores are exactly equal, and those that are not are far apart. */
        TIES,
        /** All scores equal, so that an implementation whose last lanes round otherwise is found out. */
        EQUAL,
        /** One expert towers above all others. */
        ONE_EXPERT,
        /** A broken model: the choice must still be of experts that exist, each once. */
        NOT_A_NUMBER;

        Tensor make(TestTensors tensors, int tokens, int experts) {
            Tensor logits = tensors.normal(tokens, experts);
            for (int i = 0; i < logits.size(); i++) {
                float value = switch (this) {
                    case TIES -> Math.round(logits.getFloat(i) * 8) / 8f;
                    case EQUAL -> 0.3f;
                    case ONE_EXPERT -> i % experts == experts / 2 ? 9f : -9f;
                    case NOT_A_NUMBER -> i % 3 == 0 ? logits.getFloat(i) : Float.NaN;
                };
                logits.setFloat(i, value);
            }
            return logits;
        }
    }

    private static KernelCase route(RouterShape shape, int tokens, Logits kind) {
        return new KernelCase("route %s, %d tokens, %s".formatted(shape, tokens, kind), (kernels, tensors, out) -> {
            Tensor logits = kind.make(tensors, tokens, shape.experts());
            Tensor bias = tensors.normal(shape.experts());
            for (int e = 0; e < shape.experts(); e++) {
                bias.setFloat(e, kind == Logits.TIES ? Math.round(bias.getFloat(e)) / 16f : 0);
            }
            Tensor index = tensors.ints(new int[tokens * shape.topK()], tokens, shape.topK());
            Tensor weight = tensors.output(tokens, shape.topK());
            kernels.route(logits, bias, shape, index, weight);
            out.exact("index", index);
            if (kind == Logits.NOT_A_NUMBER) {
                return;
            }
            out.close("weight", weight, Outputs.ELEMENT);
            Tensor dLogits = tensors.output(tokens, shape.experts());
            kernels.routeBackward(tensors.normal(tokens, shape.topK()), logits, index, shape, dLogits);
            // A single choice always has weight 1: its gradient is a difference of equals.
            if (shape.topK() > 1) {
                out.close("dLogits", dLogits, Outputs.SUM);
            }
        });
    }

    private static KernelCase routerLosses(RouterShape shape, int sequences, int length) {
        int tokens = sequences * length;
        return new KernelCase(
                "router losses %s, %d sequences of %d".formatted(shape, sequences, length), (kernels, tensors, out) -> {
                    int experts = shape.experts();
                    Tensor logits = tensors.normal(2.0, new int[] {tokens, experts});
                    int[] chosen = new int[tokens * shape.topK()];
                    for (int i = 0; i < chosen.length; i++) {
                        // The first experts are liked best.
                        chosen[i] = (i % shape.topK() + tensors.random().nextInt(1 + experts / 3)) % experts;
                    }
                    Tensor index = tensors.ints(chosen, tokens, shape.topK());
                    Tensor dLogits = tensors.normal(tokens, experts);
                    Tensor ofSequences = tensors.output(sequences);
                    kernels.sequenceBalance(logits, index, (float) length * experts, dLogits, ofSequences);
                    out.close("balance", ofSequences, Outputs.SUM);
                    out.close("dLogits of balance", dLogits, Outputs.SUM);
                    Tensor dLogitsZ = tensors.normal(tokens, experts);
                    Tensor ofTokens = tensors.output(tokens);
                    kernels.routerZ(logits, 0.25f, dLogitsZ, ofTokens);
                    out.close("z", ofTokens, Outputs.SUM);
                    out.close("dLogits of z", dLogitsZ, Outputs.SUM);
                });
    }

    private static KernelCase dispatch(int tokens, int topK, int experts, boolean allToOne) {
        return new KernelCase(
                "dispatch %d tokens, top %d%s".formatted(tokens, topK, allToOne ? ", the same experts" : ""),
                (kernels, tensors, out) -> {
                    int[] chosen = new int[tokens * topK];
                    for (int i = 0; i < chosen.length; i++) {
                        int shift = allToOne ? 3 : tensors.random().nextInt(experts);
                        chosen[i] = (i % topK + shift) % experts;
                    }
                    DispatchPlan plan = tensors.plan(tokens, topK, experts);
                    kernels.dispatch(tensors.ints(chosen, tokens, topK), plan);
                    out.exact("offsets", plan.groups().offsets());
                    out.exact("slot", plan.slot());
                    out.exact("token", plan.token());
                    out.exact("choice", plan.choice());
                    Tensor values = tensors.normal(tokens, topK);
                    Tensor gathered = tensors.output(plan.rows());
                    Tensor scattered = tensors.output(tokens, topK);
                    kernels.gather(values, plan.choice(), gathered);
                    kernels.scatter(gathered, plan.choice(), scattered);
                    out.exact("gathered", gathered);
                    out.exact("scattered", scattered);
                });
    }

    private static KernelCase combine(int tokens, int topK, int width) {
        return new KernelCase(
                "combine %d tokens, top %d, width %d".formatted(tokens, topK, width), (kernels, tensors, out) -> {
                    Tensor y = tensors.normal(tokens * topK, width);
                    Tensor slot = tensors.ints(permutation(tensors, tokens * topK), tokens, topK);
                    Tensor weight = tensors.normal(tokens, topK);
                    Tensor plain = tensors.output(tokens, width);
                    Tensor weighted = tensors.output(tokens, width);
                    Tensor sum = tensors.normal(tokens, width);
                    kernels.combine(y, null, slot, plain, false);
                    kernels.combine(y, weight, slot, weighted, false);
                    kernels.combine(y, weight, slot, sum, true);
                    out.close("plain", plain, Outputs.ELEMENT);
                    out.close("weighted", weighted, Outputs.ELEMENT);
                    out.close("sum", sum, Outputs.ELEMENT);
                });
    }

    private static int[] permutation(TestTensors tensors, int size) {
        int[] permutation = new int[size];
        for (int i = 0; i < size; i++) {
            int j = tensors.random().nextInt(i + 1);
            permutation[i] = permutation[j];
            permutation[j] = i;
        }
        return permutation;
    }
}
