package dev.calandra.trainer.model;

import dev.calandra.engine.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/**
 * Initial weights: norms 1, everything else normal with one standard deviation (Ling 2.0, arXiv 2510.22115, 3.2.1). Every
 * value is a function of seed, parameter and element, so that the number of threads cannot matter.
 *
 * @param seed of the run
 * @param deviation standard deviation
 */
record Initialisation(long seed, double deviation) {

    private static final int CHUNK = 1 << 14;

    void apply(List<Parameter> parameters) {
        for (int p = 0; p < parameters.size(); p++) {
            Tensor value = parameters.get(p).value();
            if (value.shape().length == 1) {
                float[] ones = new float[(int) value.size()];
                Arrays.fill(ones, 1);
                value.copyFrom(ones);
            } else {
                long before = (long) parameters.get(p).firstRow() * value.columns();
                fill(value, before, new CounterRandom(seed, p));
            }
        }
    }

    /** @param before elements of the whole tensor before the first one here */
    private void fill(Tensor value, long before, CounterRandom random) {
        long size = value.size();
        LongStream.range(0, (size + CHUNK - 1) / CHUNK).parallel().forEach(chunk -> {
            long first = chunk * CHUNK;
            float[] drawn = new float[(int) Math.min(CHUNK, size - first)];
            random.normals(before + first, deviation, drawn);
            for (int i = 0; i < drawn.length; i++) {
                value.setFloat(first + i, drawn[i]);
            }
        });
    }
}
