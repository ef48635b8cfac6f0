package dev.calandra.laws.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.calandra.configs.Configs;
import dev.calandra.configs.DataException;
import dev.calandra.configs.PretrainConfig;
import dev.calandra.laws.ModelCost;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The arithmetic of a simulated step against sums that are done by hand. pico: 4096 tokens a step, 32 experts. */
class SimulationTest {

    private static final Link FREE = new Link(0, Double.MAX_VALUE);
    private static final Node ROOMY = new Node(64, 4, 1);

    private static PretrainConfig pico(String... settings) {
        return Configs.load(Path.of("..", "configs", "pico.yaml"), List.of(settings))
                .config();
    }

    private static Simulation.Measured measured(Link link, Node node, RoutingTrace trace) {
        return new Simulation.Measured(1024, link, node, trace);
    }

    @Test
    void oneRankOnlyComputes() {
        Simulation step =
                Simulation.of(pico(), Layout.SINGLE, measured(new Link(1, 1), new Node(2, 1, 2), RoutingTrace.EVEN));
        assertThat(step.seconds()).isEqualTo(4);
        assertThat(step.tokensPerSecond()).isEqualTo(1024);
        assertThat(step.speedup()).isEqualTo(1);
        assertThat(step.efficiency()).isEqualTo(1);
    }

    @Test
    void ranksThatShareCoresTakeTurns() {
        Simulation step = Simulation.of(pico(), new Layout(4, 1), measured(FREE, new Node(2, 4, 1), RoutingTrace.EVEN));
        // A quarter of the tokens each, at half the speed: as two ranks that have a core each.
        assertThat(step.compute()).isEqualTo(1);
        assertThat(step.coreSharing()).isEqualTo(1);
        assertThat(step.speedup()).isCloseTo(2, within(1e-9));
        assertThat(step.efficiency()).isCloseTo(1, within(1e-9));
    }

    @Test
    void bytesAndMessagesTakeTheirTime() {
        PretrainConfig config = pico();
        Layout layout = new Layout(2, 1);
        HeldParameters held = HeldParameters.of(config.model());
        double parameters = held.everywhere() + held.routed();
        double messages =
                Math.ceil(held.everywhere() / (double) (1 << 20)) + Math.ceil(held.routed() / (double) (1 << 20));
        Simulation step =
                Simulation.of(config, layout, measured(new Link(1e-3, 1e8), new Node(2, 2, 1), RoutingTrace.EVEN));
        // Half of all F32 gradients go to the other rank; no core is left to send them beside the backward pass.
        assertThat(step.gradients()).isCloseTo(messages * 1e-3 + parameters * 4 / 2 / 1e8, within(1e-9));
        assertThat(step.hidden()).isZero();
        assertThat(step.exchange()).isZero();
        assertThat(step.seconds()).isCloseTo(2 + step.gradients() + step.weights(), within(1e-12));
    }

    @Test
    void gradientsHideBehindTheBackwardPassWhereACoreIsLeft() {
        Simulation fast = Simulation.of(pico(), new Layout(2, 1), measured(new Link(0, 1e8), ROOMY, RoutingTrace.EVEN));
        // Half of the embedding's 4096 × 256 goes to the other rank, when the pass is over.
        assertThat(fast.hidden())
                .isCloseTo(fast.gradients() - 4.0 * 4096 * 256 / 2 / 1e8, within(1e-9))
                .isPositive();
        Simulation slow = Simulation.of(pico(), new Layout(2, 1), measured(new Link(0, 1e6), ROOMY, RoutingTrace.EVEN));
        // Two thirds of the two seconds of computing.
        assertThat(slow.hidden()).isCloseTo(4.0 / 3, within(1e-9)).isLessThan(slow.gradients());
        Simulation lastOfTwo = Simulation.of(
                pico("run.micro_batch_size=2"), new Layout(2, 1), measured(new Link(0, 1e6), ROOMY, RoutingTrace.EVEN));
        assertThat(lastOfTwo.hidden()).isCloseTo(2.0 / 3, within(1e-9));
    }

    /** 8 sequences; parts of a batch bound a pass as well as run.micro_batch_size does. */
    @Test
    void passesAreThoseOfTheTrainer() {
        Simulation.Measured slow = measured(new Link(0, 1e6), ROOMY, RoutingTrace.EVEN);
        Layout two = new Layout(2, 1);
        double whole = Simulation.of(pico(), two, slow).hidden();
        assertThat(Simulation.of(pico("parallel.reproducible_ranks=8"), two, slow)
                        .hidden())
                .isCloseTo(whole / 4, within(1e-9));
        assertThat(Simulation.of(pico("parallel.reproducible_ranks=2"), two, slow)
                        .hidden())
                .isEqualTo(whole);
    }

    /** Six layers with experts, MTP's included; no bytes, one second a message, one other rank. */
    @Test
    void recomputedLayersAskTheExpertsAgain() {
        Layout two = new Layout(2, 2);
        Simulation.Measured links = measured(new Link(1, Double.MAX_VALUE), ROOMY, RoutingTrace.EVEN);
        assertThat(Simulation.of(pico("run.recompute_layers=false"), two, links).exchange())
                .isCloseTo(6 * 8, within(1e-9));
        assertThat(Simulation.of(pico("run.recompute_layers=true"), two, links).exchange())
                .isCloseTo(6 * 12, within(1e-9));
    }

    @Test
    void theBusiestExpertsHoldTheOthersUp() {
        // Rank 0 has three quarters of the choices: half as much again as the mean.
        List<Long> load = new ArrayList<>();
        for (int e = 0; e < 32; e++) {
            load.add(e < 16 ? 30L : 10L);
        }
        RoutingTrace trace = new RoutingTrace(List.of(load));
        assertThat(trace.busiest(2)).isEqualTo(1.5);
        assertThat(trace.busiest(1)).isEqualTo(1);
        PretrainConfig config = pico();
        Simulation step = Simulation.of(config, new Layout(2, 2), measured(FREE, ROOMY, trace));
        double routed = 2.0 * 6 * 4 * 3 * 256 * 128;
        double share = routed / ModelCost.of(config.model(), 512).modelForwardFlops();
        assertThat(step.imbalance()).isCloseTo(2 * share * 0.5, within(1e-9));
        // With whole copies of the experts nobody waits.
        assertThat(Simulation.of(config, new Layout(2, 1), measured(FREE, ROOMY, trace))
                        .imbalance())
                .isZero();
    }

    @Test
    void aTokenVisitsEachRankOnce() {
        // One group, one choice: the expert is on another rank half of the time.
        PretrainConfig one = pico("model.n_group=1", "model.topk_group=1", "model.num_experts_per_tok=1");
        assertThat(Visits.others(one.model(), 2)).isCloseTo(0.5, within(1e-12));
        // Four of 32: all 16 of the other rank are passed by with C(16,4)/C(32,4) = 1820/35960.
        PretrainConfig four = pico("model.n_group=1", "model.topk_group=1");
        assertThat(Visits.others(four.model(), 2)).isCloseTo(1 - 1820.0 / 35960, within(1e-12));
        // Two of four groups: both of one rank in 1 of 6 ways, none in 1 of 6, one of 8 experts each in 4, where 4 of
        // 16 pass by
        // with C(8,4)/C(16,4) = 70/1820.
        assertThat(Visits.others(pico().model(), 2)).isCloseTo(1.0 / 6 + 4.0 / 6 * (1 - 70.0 / 1820), within(1e-12));
        assertThat(Visits.others(pico().model(), 1)).isZero();
    }

    @Test
    void codesAreFewerBytes() {
        Layout layout = new Layout(2, 2);
        Traffic whole = Traffic.of(pico(), layout);
        Traffic coded = Traffic.of(
                pico("parallel.dispatch=fp8", "parallel.combine=bf16", "parallel.gather_weights=fp8"), layout);
        // 256 codes and two scales instead of 256 floats.
        assertThat(coded.dispatch()).isCloseTo(whole.dispatch() * 264 / 1024, within(1.0));
        assertThat(coded.combine()).isEqualTo(whole.combine() / 2);
        assertThat(coded.gradients()).isEqualTo(whole.gradients());
        assertThat(coded.weights()).isLessThan(whole.weights());
        // 2048 tokens here, 6 layers, 4 choices of which half are elsewhere, rows of 1024 bytes there and back.
        assertThat(whole.combine()).isEqualTo(2048.0 * 6 * 2 * 2 * 1024);
        assertThat(whole.indices()).isEqualTo(2048.0 * 6 * 2 * 3 * 4);
    }

    @Test
    void aRunOfSeveralRanksIsToldFromOneByWhatItSendsOrByItsExperts() {
        String alone = "{\"event\":\"step\",\"balance\":{\"a\":{\"tokens_per_rank\":[8]}},\"time\":{\"bytes_sent\":0}}";
        assertThat(MeasuredRun.of("m", List.of(alone)).severalRanks()).isFalse();
        assertThat(MeasuredRun.of("m", List.of(alone.replace("[8]", "[4,4]"))).severalRanks())
                .isTrue();
        assertThat(MeasuredRun.of("m", List.of(alone.replace(":0}", ":9}"))).severalRanks())
                .isTrue();
    }

    @Test
    void aRunTellsItsRateAndItsRouting() {
        List<String> lines = new ArrayList<>();
        for (int step = 1; step <= 13; step++) {
            lines.add("{\"event\":\"step\",\"balance\":{\"a\":{%s}},\"time\":{\"tokens_per_second\":%d}}"
                    .formatted(step == 12 ? "\"tokens_per_expert\":[3,1]" : "", step <= 10 ? 1 : 100 * step));
        }
        lines.add("{\"event\":\"evaluation\"}");
        lines.add("{\"event\":\"st");
        MeasuredRun run = MeasuredRun.of("metrics.jsonl", lines);
        assertThat(run.tokensPerSecond()).hasValue(1200);
        assertThat(run.trace().busiest(2)).isEqualTo(1.5);
        assertThat(run.severalRanks()).isFalse();
        assertThat(MeasuredRun.of("metrics.jsonl", lines.subList(0, 10)).tokensPerSecond())
                .isEmpty();
        assertThatThrownBy(() -> MeasuredRun.of("metrics.jsonl", List.of("{", "{}")))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith("metrics.jsonl:1: ");
    }
}
