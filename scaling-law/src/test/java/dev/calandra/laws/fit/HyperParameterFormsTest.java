package dev.calandra.laws.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.calandra.configs.DataException;
import dev.calandra.laws.numeric.Resampling;
import dev.calandra.laws.records.LawFile;
import dev.calandra.laws.report.HtmlReport;
import dev.calandra.laws.table.Runs;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Grids that vary one of learning rate and batch size, and laws whose variables are given. */
class HyperParameterFormsTest {
    private static final Runs GRID = Synthetic.grid(0.001, 11);

    private static Runs atBatches(int... powers) {
        return GRID.where(i -> List.of(Arrays.stream(powers).boxed().toArray(Integer[]::new))
                .contains((int) Math.round(Math.log(GRID.of("batch_tokens")[i]) / Math.log(2))));
    }

    private static FitSettings with(Map<Knob, List<String>> forms) {
        return new FitSettings(null, true, Map.of(), forms, new Resampling(100, 1));
    }

    /** At a fixed batch the best rate of a tilted bowl is another by a constant, and by the batch's law: D's exponent loses 0.3 x 0.571. */
    @Test
    void learningRatesAloneGiveTheirLaw() {
        FitResult fit = HyperParameterFitter.fit(atBatches(18), FitSettings.usual(100, 1));

        assertThat(fit.constants())
                .containsOnlyKeys("learning_rate.coefficient", "learning_rate.parameters", "learning_rate.tokens");
        assertThat(fit.constants().get("learning_rate.parameters").value()).isCloseTo(-0.713, within(0.12));
        assertThat(fit.constants().get("learning_rate.tokens").value()).isCloseTo(0.307 - 0.3 * 0.571, within(0.06));
        assertThat(fit.words())
                .anyMatch(
                        word -> word.startsWith("There is no law of the batch size: no cell has three values of it."));
        assertThat(HtmlReport.of(List.of(fit), "one", ""))
                .contains("Bowls over the learning rate")
                .doesNotContain("Bowls over the batch");
        assertThat(fit.residuals()).isNotEmpty();
    }

    @Test
    void twoBatchSizesAreNotEnoughForALawOfThem() {
        FitResult fit = HyperParameterFitter.fit(atBatches(17, 19), FitSettings.usual(0, 1));

        assertThat(fit.constants())
                .containsKey("learning_rate.coefficient")
                .doesNotContainKey("batch_tokens.coefficient");
    }

    @Test
    void batchSizesAloneGiveTheirLaw() {
        Runs oneRate = GRID.where(i -> Math.round(Math.log(GRID.of("learning_rate")[i]) / Math.log(2)) == -9);
        FitResult fit = HyperParameterFitter.fit(oneRate, FitSettings.usual(0, 1));

        assertThat(fit.constants())
                .containsKey("batch_tokens.coefficient")
                .doesNotContainKey("learning_rate.coefficient");
        assertThat(fit.words()).anyMatch(word -> word.startsWith("There is no law of the learning rate"));
    }

    @Test
    void whereThereIsNoLawTheCauseIsNamed() {
        Runs oneEach = GRID.where(i -> Math.round(Math.log(GRID.of("learning_rate")[i]) / Math.log(2)) == -9
                && Math.round(Math.log(GRID.of("batch_tokens")[i]) / Math.log(2)) == 18);
        assertThatThrownBy(() -> HyperParameterFitter.fit(oneEach, FitSettings.usual(0, 1)))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("no cell has three values of the learning rate")
                .hasMessageContaining("no cell has three values of the batch size");
        Runs low = atBatches(18).where(i -> true);
        Runs edge = low.where(i -> low.of("learning_rate")[i] > Math.pow(2, -6.5));
        assertThatThrownBy(() -> HyperParameterFitter.fit(edge, FitSettings.usual(0, 1)))
                .hasMessageContaining("cells make a bowl over learning rate (")
                .hasMessageContaining("have their lowest point at the edge of the grid");
    }

    @Test
    void theFormMayBeGiven() {
        Map<Knob, List<String>> others =
                Map.of(Knob.LEARNING_RATE, List.of("tokens"), Knob.BATCH_TOKENS, List.of("parameters", "tokens"));
        assertThat(HyperParameterFitter.fit(GRID, with(others)).constants())
                .containsOnlyKeys(
                        "learning_rate.coefficient",
                        "learning_rate.tokens",
                        "batch_tokens.coefficient",
                        "batch_tokens.parameters",
                        "batch_tokens.tokens");
        // Cross-validation finds that the rate depends on parameters.
        assertThat(HyperParameterFitter.fit(GRID, with(Map.of())).constants()).containsKey("learning_rate.parameters");
        assertThatThrownBy(() ->
                        HyperParameterFitter.fit(GRID, with(Map.of(Knob.BATCH_TOKENS, List.of("active_parameters")))))
                .hasMessageContaining(
                        "--form: batch_tokens is to depend on active_parameters, which the grid does not have");
    }

    @Test
    void aLawOfOneChoiceHasARegret() {
        Regret regret = Regret.of(
                Cell.of(GRID),
                Map.of(Knob.LEARNING_RATE, LawFile.resolve("steplaw").rule("learning_rate")));

        assertThat(regret.mean())
                .isBetween(
                        0.0,
                        Regret.of(Cell.of(GRID), LawFile.resolve("steplaw")).mean() + 1e-3);
        assertThat(regret.cells()).allMatch(choice -> Double.isNaN(choice.batch()));
    }
}
