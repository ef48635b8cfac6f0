package dev.calandra.laws.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.data.Percentage.withPercentage;

import dev.calandra.laws.forms.Chinchilla;
import dev.calandra.laws.forms.Leverage;
import dev.calandra.laws.records.Estimate;
import dev.calandra.laws.records.LawFile;
import dev.calandra.laws.table.Runs;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SyntheticFitsTest {

    @Test
    void withoutNoiseTheConstantsComeBack() {
        FitResult fit = LossFitter.fit(new Chinchilla(), Synthetic.chinchilla(0, 1), FitSettings.usual(0, 1));

        double[] values = fit.values();
        for (int k = 0; k < values.length; k++) {
            assertThat(values[k]).isCloseTo(Synthetic.CHINCHILLA[k], withPercentage(0.01));
        }
        assertThat(fit.objective()).isLessThan(1e-12);
    }

    @Test
    void theSameSeedGivesTheSameFit() {
        Runs runs = Synthetic.chinchilla(0.01, 3);
        FitResult one = LossFitter.fit(new Chinchilla(), runs, FitSettings.usual(50, 7));
        FitResult other = LossFitter.fit(new Chinchilla(), runs, FitSettings.usual(50, 7));

        assertThat(one.constants()).isEqualTo(other.constants());
        assertThat(LossFitter.fit(new Chinchilla(), runs, FitSettings.usual(50, 8))
                        .constants())
                .isNotEqualTo(one.constants());
    }

    @Test
    void wordsSayWhatTheRunsCannotTell() {
        Runs all = Synthetic.chinchilla(0.01, 5);
        Runs oneRatio = all.where(i -> Math.round(all.of("tokens")[i] / all.of("parameters")[i]) == 20);
        FitResult fit = LossFitter.fit(new Chinchilla(), oneRatio, FitSettings.usual(50, 1));

        assertThat(fit.words()).anyMatch(word -> word.startsWith("Parameters and tokens grow together"));
        assertThat(fit.words()).anyMatch(word -> word.startsWith("A is known to a factor of"));
        assertThat(fit.words()).anyMatch(word -> word.contains("can hardly be told apart"));
    }

    /** The error is 0.022; with the same noise for all budgets, which makes the largest count least, it is 0.037. */
    @Test
    void budgetsGiveTheExponentOfTheLawThatMadeThem() {
        double truth = Synthetic.CHINCHILLA[4] / (Synthetic.CHINCHILLA[2] + Synthetic.CHINCHILLA[4]);
        double squares = 0;
        int held = 0;
        for (int seed = 1; seed <= 40; seed++) {
            Estimate exponent = IsoFlopFitter.fit(Synthetic.budgets(seed), FitSettings.usual(200, seed))
                    .constants()
                    .get("parameters.flops");
            squares += Math.pow(exponent.value() - truth, 2);
            held += exponent.low() <= truth && truth <= exponent.high() ? 1 : 0;
        }
        assertThat(Math.sqrt(squares / 40)).as("seeds 1 to 40").isLessThan(0.03);
        assertThat(held).isBetween(35, 40);
    }

    @Test
    void aGridGivesTheLawThatMadeIt() {
        Runs runs = Synthetic.grid(0.002, 11);
        FitResult fit = HyperParameterFitter.fit(runs, FitSettings.usual(300, 1));

        Map<String, Estimate> constants = fit.constants();
        assertThat(constants)
                .containsKeys("learning_rate.coefficient", "batch_tokens.coefficient", "batch_tokens.tokens");
        assertThat(constants.get("learning_rate.parameters").value()).isCloseTo(-0.713, within(0.04));
        assertThat(constants.get("learning_rate.tokens").value()).isCloseTo(0.307, within(0.04));
        assertThat(constants.get("batch_tokens.tokens").value()).isCloseTo(0.571, within(0.06));
        Regret own = Regret.of(Cell.of(runs), LawFile.resolve("steplaw"));
        assertThat(own.cells()).hasSize(15);
        assertThat(fit.objective()).isLessThan(own.mean() + 5e-4);
        assertThat(fit.test().orElseThrow().meanError()).isLessThan(2e-3);
    }

    /** A' saturates at the small end only: of A_max the published constants say, and runs of theirs show, nothing. */
    @Test
    void leverageGivesThePublishedConstantsBack() {
        FitResult exact = LossFitter.fit(new Leverage(), Synthetic.leverage(0, 1), FitSettings.usual(0, 1));
        for (int k = 0; k < 5; k++) {
            assertThat(exact.values()[k])
                    .as(exact.constants().keySet().toArray()[k].toString())
                    .isCloseTo(Synthetic.LEVERAGE[k], withPercentage(0.5));
        }

        FitResult noisy = LossFitter.fit(new Leverage(), Synthetic.leverage(0.03, 2), FitSettings.usual(300, 1));
        List<Estimate> estimates = List.copyOf(noisy.constants().values());
        for (int k = 0; k < 5; k++) {
            assertThat(Synthetic.LEVERAGE[k])
                    .isBetween(estimates.get(k).low(), estimates.get(k).high());
        }
        double[] beyond = {Math.log(0.035), Math.log(8), Math.log(1e22)};
        assertThat(new Leverage().loss(noisy.values(), beyond))
                .isCloseTo(new Leverage().loss(Synthetic.LEVERAGE, beyond), withPercentage(5));
        assertThat(noisy.words()).anyMatch(word -> word.startsWith("A_max is without bound"));
    }

    @Test
    void aTenthIsKeptBackWhateverIsEqual() {
        assertThat(LossFitter.largest(new double[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}))
                .containsExactly(9);
        assertThat(LossFitter.largest(new double[] {1, 2, 3, 4, 5, 6, 7, 8, 10, 10}))
                .containsExactlyInAnyOrder(8, 9);
        assertThat(LossFitter.largest(new double[] {1, 1, 1, 1, 1, 9, 9, 9, 9, 9}))
                .hasSize(1);
        double[] many = new double[30];
        for (int i = 0; i < many.length; i++) {
            many[i] = i < 10 ? 1 : i < 29 ? 2 : 3;
        }
        assertThat(LossFitter.largest(many)).containsExactly(29);
    }
}
