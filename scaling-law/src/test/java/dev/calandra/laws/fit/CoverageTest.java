package dev.calandra.laws.fit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.calandra.laws.forms.Chinchilla;
import dev.calandra.laws.records.Estimate;
import dev.calandra.laws.table.Runs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How often the 95 % intervals hold the constants that made the runs, over 500 synthetic data sets of each of several designs. */
@Tag("long")
class CoverageTest {
    private static final int SETS = 500;
    private static final int RESAMPLES = 200;

    /** Where the runs stand, what made them, and how much they scatter. The one factor of the intervals was set looking at all three. */
    enum Design {
        /** 54 runs: six sizes at nine ratios of tokens to parameters; Besiroglu's constants. */
        RATIOS(0.004, 1.8172, 482.01, 0.3478, 2085.43, 0.3658) {
            @Override
            List<double[]> points() {
                return Synthetic.ratios();
            }
        },
        /** 30 runs: six sizes, each on the same five amounts of data; Hoffmann's constants. */
        GRID(0.002, 1.69, 406.4, 0.34, 410.7, 0.28) {
            @Override
            List<double[]> points() {
                List<double[]> points = new ArrayList<>();
                for (int size = 0; size < 6; size++) {
                    for (double tokens : new double[] {2e9, 5e9, 1.5e10, 5e10, 2e11}) {
                        points.add(new double[] {1e8 * Math.pow(2, size), tokens});
                    }
                }
                return points;
            }
        },
        /** 98 runs: fourteen sizes around the optimum of each of seven budgets; a steeper law with much scatter. */
        BUDGETS(0.01, 2.2, 900, 0.42, 5000, 0.4) {
            @Override
            List<double[]> points() {
                List<double[]> points = new ArrayList<>();
                for (int budget = 0; budget < 7; budget++) {
                    double flops = 3e17 * Math.pow(4, budget);
                    double middle = Math.sqrt(flops / 120);
                    for (int step = 0; step < 14; step++) {
                        double parameters = middle * Math.pow(10, -1 + step * 2 / 13.0);
                        points.add(new double[] {parameters, flops / 6 / parameters});
                    }
                }
                return points;
            }
        };

        private final double noise;
        private final double[] truth;

        Design(double noise, double... truth) {
            this.noise = noise;
            this.truth = truth;
        }

        abstract List<double[]> points();

        Runs runs(long seed) {
            return Synthetic.chinchilla(points(), truth, noise, seed);
        }
    }

    @ParameterizedTest
    @EnumSource
    void intervalsHoldTheTruthAsOftenAsTheySay(Design design) {
        double[] truth = design.truth;
        int[] held = new int[truth.length];
        for (int seed = 1; seed <= SETS; seed++) {
            FitResult fit = LossFitter.fit(new Chinchilla(), design.runs(seed), FitSettings.usual(RESAMPLES, seed));
            List<Estimate> estimates = List.copyOf(fit.constants().values());
            for (int k = 0; k < truth.length; k++) {
                Estimate estimate = estimates.get(k);
                held[k] += estimate.low() <= truth[k] && truth[k] <= estimate.high() ? 1 : 0;
            }
        }
        double[] coverage =
                Arrays.stream(held).mapToDouble(count -> count / (double) SETS).toArray();
        System.out.println("coverage of E, A, alpha, B, beta, " + design + ": " + Arrays.toString(coverage));
        for (double share : coverage) {
            assertThat(share).isBetween(0.93, 0.97);
        }
    }
}
