package dev.calandra.laws.fit;

import dev.calandra.laws.forms.Chinchilla;
import dev.calandra.laws.forms.Leverage;
import dev.calandra.laws.records.LawFile;
import dev.calandra.laws.table.Runs;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** Runs made from known laws. */
final class Synthetic {
    static final double[] CHINCHILLA = {1.8172, 482.01, 0.3478, 2085.43, 0.3658};
    /** Of the published law {@code ling-leverage}. */
    static final double[] LEVERAGE = LawFile.resolve("ling-leverage").values();

    private Synthetic() {}

    /** Runs at {@link #ratios()}. */
    static Runs chinchilla(double noise, long seed) {
        return chinchilla(ratios(), CHINCHILLA, noise, seed);
    }

    /** Sizes of 5e7 to 1.2e10 parameters at 2 to 640 tokens each. */
    static List<double[]> ratios() {
        List<double[]> points = new ArrayList<>();
        for (int size = 0; size < 6; size++) {
            double parameters = 5e7 * Math.pow(3, size);
            for (double ratio : new double[] {2, 5, 12, 20, 40, 80, 160, 320, 640}) {
                points.add(new double[] {parameters, parameters * ratio});
            }
        }
        return points;
    }

    /**
     * Runs of Chinchilla's law.
     *
     * @param points parameters and tokens of each
     * @param constants of the law
     * @param noise normal, on the log of the loss
     */
    static Runs chinchilla(List<double[]> points, double[] constants, double noise, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<double[]> rows = new ArrayList<>();
        for (double[] point : points) {
            double loss = new Chinchilla().loss(constants, new double[] {Math.log(point[0]), Math.log(point[1])});
            rows.add(new double[] {point[0], point[1], loss * Math.exp(noise * random.nextGaussian())});
        }
        return runs(rows, "parameters", "tokens", "loss");
    }

    /**
     * Leverage by the published constants: shares of active experts of 0.8 to 50 %, granularities of 2 to 16, budgets of 1e18 to 3e20.
     *
     * @param noise on the log of the leverage
     */
    static Runs leverage(double noise, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<double[]> rows = new ArrayList<>();
        for (double ratio : new double[] {0.008, 0.016, 0.031, 0.047, 0.078, 0.11, 0.2, 0.5}) {
            for (double granularity : new double[] {2, 4, 8, 12, 16}) {
                for (double flops : new double[] {1e18, 3e18, 1e19, 3e19, 1e20, 3e20}) {
                    double[] logs = {Math.log(ratio), Math.log(granularity), Math.log(flops)};
                    double leverage = new Leverage().loss(LEVERAGE, logs);
                    rows.add(new double[] {ratio, granularity, flops, leverage * Math.exp(noise * random.nextGaussian())
                    });
                }
            }
        }
        return runs(rows, "active_ratio", "granularity", "flops", "leverage");
    }

    /**
     * Runs of Chinchilla's law at equal compute: nine budgets of 1e17 to 1e21, eleven sizes each. The losses of the smallest budget scatter
     * by 2 %, those of the largest by a hundredth of that.
     */
    static Runs budgets(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<double[]> rows = new ArrayList<>();
        for (int budget = 0; budget < 9; budget++) {
            double flops = 1e17 * Math.pow(10, budget / 2.0);
            double noise = 0.02 * Math.pow(10, -budget / 4.0);
            double middle = new Chinchilla().optimum(CHINCHILLA, flops, 6).parameters();
            for (int step = -5; step <= 5; step++) {
                double parameters = middle * Math.pow(1.6, step);
                double[] logs = {Math.log(parameters), Math.log(flops / 6 / parameters)};
                double loss = new Chinchilla().loss(CHINCHILLA, logs);
                rows.add(new double[] {flops, parameters, loss * Math.exp(noise * random.nextGaussian())});
            }
        }
        return runs(rows, "flops", "parameters", "loss");
    }

    /**
     * A grid of learning rates and batch sizes around lr = 1.79 N^-0.713 D^0.307 and batch = 0.58 D^0.571.
     *
     * @param noise of the losses, nats
     */
    static Runs grid(double noise, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<double[]> rows = new ArrayList<>();
        for (double parameters : new double[] {6e7, 1.2e8, 2.7e8, 5e8, 1e9}) {
            for (double tokens : new double[] {4e9, 2e10, 1e11}) {
                double rate = 1.79 * Math.pow(parameters, -0.713) * Math.pow(tokens, 0.307);
                double batch = 0.58 * Math.pow(tokens, 0.571);
                for (int i = -12; i <= -4; i++) {
                    for (int j = 15; j <= 22; j++) {
                        double x = Math.log(Math.pow(2, i) / rate);
                        double y = Math.log(Math.pow(2, j) / batch);
                        double floor = 1.7 + 300 * Math.pow(parameters, -0.33) + 1500 * Math.pow(tokens, -0.36);
                        double loss = floor + 0.02 * x * x - 0.012 * x * y + 0.012 * y * y + 0.002 * x * x * x;
                        rows.add(new double[] {
                            parameters, tokens, Math.pow(2, i), Math.pow(2, j), loss + noise * random.nextGaussian()
                        });
                    }
                }
            }
        }
        return runs(rows, "parameters", "tokens", "learning_rate", "batch_tokens", "loss");
    }

    private static Runs runs(List<double[]> rows, String... names) {
        Map<String, double[]> values = new TreeMap<>();
        for (int k = 0; k < names.length; k++) {
            int place = k;
            values.put(names[k], rows.stream().mapToDouble(row -> row[place]).toArray());
        }
        return new Runs(
                values,
                IntStream.rangeClosed(1, rows.size()).toArray(),
                new boolean[rows.size()],
                List.of(),
                Map.of(),
                rows.size(),
                List.of());
    }
}
