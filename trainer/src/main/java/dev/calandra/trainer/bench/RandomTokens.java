package dev.calandra.trainer.bench;

import dev.calandra.data.PackedSequence;
import dev.calandra.data.SampleStream;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Sequences of evenly distributed tokens, each one document: a training step costs what it costs on text, and no corpus is
 * needed.
 *
 * @param vocabulary V; tokens are 0 to V - 1
 * @param length tokens of a sample
 */
record RandomTokens(int vocabulary, int length) implements SampleStream {

    @Override
    public PackedSequence sample(long index) {
        boolean[] target = new boolean[length];
        Arrays.fill(target, true);
        int[] tokens = new SplittableRandom(index).ints(length, 0, vocabulary).toArray();
        return new PackedSequence(tokens, new int[length], target);
    }

    @Override
    public String fingerprint() {
        return "random tokens, " + vocabulary + ", " + length;
    }
}
