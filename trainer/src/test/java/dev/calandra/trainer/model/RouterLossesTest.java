package dev.calandra.trainer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.calandra.configs.BalanceConfig;
import dev.calandra.configs.ModelConfig;
import dev.calandra.configs.Recipe;
import dev.calandra.engine.Kernels;
import dev.calandra.engine.TensorMemory;
import dev.calandra.engine.cpu.CpuKernels;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The losses of routers in a whole model: sequence-wise balance and z-loss. */
class RouterLossesTest {

    private static final dev.calandra.engine.recipe.Recipe FP32 = EngineRecipe.of(Recipe.FP32);
    private static final ModelConfig CONFIG = SmallModels.config();
    private static final BalanceConfig NONE = balance(0, 0);

    private static BalanceConfig balance(double sequence, double routerZ) {
        return new BalanceConfig(1, sequence, routerZ, 50, 0);
    }

    /**
     * What a step left behind.
     *
     * @param router weighted mean losses of all routers
     */
    private record Result(double objective, double router, List<float[]> gradients, List<RouterLoad> loads) {}

    private static Result step(LingModel model, BalanceConfig balance, List<TokenBatch> passes) {
        LossScale scale = LossScale.of(passes, balance);
        Losses losses = Losses.ZERO;
        for (TokenBatch pass : passes) {
            losses = losses.plus(model.forwardBackward(pass, scale));
        }
        List<RouterLoad> loads = model.routerLoads();
        double router = 0;
        for (RouterLoad load : loads) {
            router += balance.sequenceLossWeight() * sum(load.sequenceBalance()) / scale.sequences()
                    + balance.routerZLossWeight() * sum(load.routerZ()) / scale.tokens();
        }
        model.resetRouterLoads();
        return new Result(
                losses.objective(CONFIG.mtpLossScalingFactor()),
                router,
                model.parameters().stream().map(p -> p.gradient().toFloats()).toList(),
                loads);
    }

    private static double sum(List<Double> losses) {
        return losses.stream().mapToDouble(Double::doubleValue).sum();
    }

    private static Result freshStep(BalanceConfig balance, List<TokenBatch> passes, Activations activations) {
        try (TensorMemory memory = new TensorMemory(true);
                Kernels kernels = new CpuKernels(2);
                LingModel model = new LingModel(CONFIG, FP32, kernels, memory, activations)) {
            model.initialise(11);
            return step(model, balance, passes);
        }
    }

    @Test
    void gradientsAreTheSlopesOfTheLosses() {
        List<TokenBatch> passes = List.of(SmallModels.batch(CONFIG, 2, 9, 1));
        for (BalanceConfig balance : List.of(balance(2, 0), balance(0, 0.1))) {
            List<float[]> plain = freshStep(NONE, passes, Activations.KEPT).gradients();
            List<float[]> both = freshStep(balance, passes, Activations.KEPT).gradients();
            int checked = 0;
            for (int p = 0; p < plain.size(); p++) {
                double[] gradient = difference(both.get(p), plain.get(p));
                double norm = Math.sqrt(Arrays.stream(gradient).map(g -> g * g).sum());
                if (norm > 0.05) {
                    checked++;
                    // A unit vector times 2e-4: too short for a token to choose otherwise; losses near 1 in F32 make
                    // 1e-3 of a slope.
                    double step = 2e-4;
                    double slope = (routerLossAt(balance, passes, p, gradient, step / norm)
                                    - routerLossAt(balance, passes, p, gradient, -step / norm))
                            / (2 * step);
                    assertThat(slope)
                            .as("parameter %d under %s", p, balance)
                            .isCloseTo(norm, within(0.02 * norm + 1e-3));
                }
            }
            assertThat(checked).as("parameters with a gradient").isGreaterThan(5);
        }
    }

    private static double[] difference(float[] a, float[] b) {
        double[] difference = new double[a.length];
        for (int i = 0; i < a.length; i++) {
            difference[i] = (double) a[i] - b[i];
        }
        return difference;
    }

    private static double routerLossAt(
            BalanceConfig balance, List<TokenBatch> passes, int parameter, double[] direction, double step) {
        double[] loss = new double[1];
        SmallModels.with(CONFIG, FP32, 2, model -> {
            float[] moved = model.parameters().get(parameter).value().toFloats();
            for (int i = 0; i < moved.length; i++) {
                moved[i] += (float) (step * direction[i]);
            }
            model.parameters().get(parameter).value().copyFrom(moved);
            model.weightsChanged();
            loss[0] = step(model, balance, passes).router();
        });
        return loss[0];
    }

    @Test
    void passesOfAStepAddUpToTheWholeBatch() {
        BalanceConfig balance = balance(2, 0.1);
        TokenBatch whole = SmallModels.batch(CONFIG, 4, 9, 1);
        Result once = freshStep(balance, List.of(whole), Activations.KEPT);
        Result twice = freshStep(balance, List.of(part(whole, 0, 1), part(whole, 1, 4)), Activations.KEPT);
        assertThat(twice.router()).isCloseTo(once.router(), within(1e-6 * once.router()));
        assertThat(twice.objective()).isCloseTo(once.objective(), within(1e-6));
        for (int p = 0; p < once.gradients().size(); p++) {
            assertThat(twice.gradients().get(p))
                    .as("gradient %d", p)
                    .containsExactly(once.gradients().get(p), within(3e-6f));
        }
    }

    private static TokenBatch part(TokenBatch whole, int fromSequence, int toSequence) {
        int from = fromSequence * whole.sequence();
        int to = toSequence * whole.sequence();
        return new TokenBatch(
                toSequence - fromSequence,
                whole.sequence(),
                Arrays.copyOfRange(whole.ids(), from, to),
                Arrays.copyOfRange(whole.documentStart(), from, to),
                rows(whole.inputIds(), from, to),
                rows(whole.targets(), from, to));
    }

    private static int[][] rows(int[][] rows, int from, int to) {
        return Arrays.stream(rows).map(row -> Arrays.copyOfRange(row, from, to)).toArray(int[][]::new);
    }

    @Test
    void recomputedLayersHaveTheirLossesOnceAndTheSameGradients() {
        BalanceConfig balance = balance(2, 0.1);
        List<TokenBatch> passes = List.of(SmallModels.batch(CONFIG, 2, 9, 1));
        Result kept = freshStep(balance, passes, Activations.KEPT);
        Result recomputed = freshStep(balance, passes, Activations.RECOMPUTED);
        assertThat(recomputed.router()).isEqualTo(kept.router()).isPositive();
        for (int p = 0; p < kept.gradients().size(); p++) {
            assertThat(recomputed.gradients().get(p))
                    .containsExactly(kept.gradients().get(p));
        }
    }

    @Test
    void theLossOfTheLanguageModelIsReportedWithoutThem() {
        List<TokenBatch> passes = List.of(SmallModels.batch(CONFIG, 2, 9, 1));
        Result with = freshStep(balance(2, 0.1), passes, Activations.KEPT);
        Result without = freshStep(NONE, passes, Activations.KEPT);
        assertThat(with.objective()).isEqualTo(without.objective());
        assertThat(without.loads()).allSatisfy(load -> {
            assertThat(load.sequenceBalance()).isEmpty();
            assertThat(load.routerZ()).isEmpty();
        });
        // Two sequences; a fresh router is nearly even, and the log-sum-exp of eight small logits is near ln 8.
        assertThat(with.loads()).hasSize(2).allSatisfy(load -> {
            assertThat(sum(load.sequenceBalance())).isBetween(2 * 0.99, 2 * 1.2);
            assertThat(sum(load.routerZ()) / 18).isCloseTo(Math.log(8) * Math.log(8), within(1.0));
        });
    }

    @Test
    void aLossWithoutWeightRunsNoKernel() {
        Map<String, Integer> plain = kernelCalls(NONE);
        Map<String, Integer> sequence = kernelCalls(balance(1, 0));
        Map<String, Integer> routerZ = kernelCalls(balance(0, 1));
        assertThat(plain).doesNotContainKeys("sequenceBalance", "routerZ").containsEntry("route", 2);
        assertThat(sequence).doesNotContainKey("routerZ").containsEntry("sequenceBalance", 2);
        assertThat(routerZ)
                .doesNotContainKey("sequenceBalance")
                .containsEntry("routerZ", 2)
                .containsEntry("route", 2);
    }

    private static Map<String, Integer> kernelCalls(BalanceConfig balance) {
        Map<String, Integer> calls = new LinkedHashMap<>();
        try (TensorMemory memory = new TensorMemory(true);
                Kernels kernels = new CpuKernels(1);
                LingModel model = new LingModel(CONFIG, FP32, counting(kernels, calls), memory)) {
            model.initialise(11);
            step(model, balance, List.of(SmallModels.batch(CONFIG, 2, 9, 1)));
        }
        return calls;
    }

    private static Kernels counting(Kernels kernels, Map<String, Integer> calls) {
        return (Kernels) Proxy.newProxyInstance(
                Kernels.class.getClassLoader(), new Class<?>[] {Kernels.class}, (proxy, method, arguments) -> {
                    calls.merge(method.getName(), 1, Integer::sum);
                    try {
                        return method.invoke(kernels, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
