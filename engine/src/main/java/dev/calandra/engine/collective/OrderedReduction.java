package dev.calandra.engine.collective;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** Reduces the values of several ranks, which lie one behind the other, into those of the first, in the order of {@link PairwiseSum}. */
final class OrderedReduction {

    private static final VectorSpecies<Float> LANES = FloatVector.SPECIES_PREFERRED;

    private OrderedReduction() {}

    /**
     * @param ranks values of all ranks, overwritten
     * @param count values of one rank
     * @return the first rank's values, now reduced
     */
    static MemorySegment floats(MemorySegment ranks, long count, int size, Reduction reduction) {
        long bytes = count * Float.BYTES;
        PairwiseSum.of(size, (into, from) -> {
            MemorySegment sum = ranks.asSlice(into * bytes, bytes);
            MemorySegment next = ranks.asSlice(from * bytes, bytes);
            switch (reduction) {
                case SUM -> addFloats(sum, next, count);
                case MAX -> maxFloats(sum, next, count);
            }
        });
        return ranks.asSlice(0, bytes);
    }

    private static void addFloats(MemorySegment sum, MemorySegment next, long count) {
        long i = 0;
        for (; i <= count - LANES.length(); i += LANES.length()) {
            long at = i * Float.BYTES;
            FloatVector a = FloatVector.fromMemorySegment(LANES, sum, at, ByteOrder.LITTLE_ENDIAN);
            FloatVector b = FloatVector.fromMemorySegment(LANES, next, at, ByteOrder.LITTLE_ENDIAN);
            a.add(b).intoMemorySegment(sum, at, ByteOrder.LITTLE_ENDIAN);
        }
        for (; i < count; i++) {
            float a = sum.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i);
            float b = next.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i);
            sum.setAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i, a + b);
        }
    }

    private static void maxFloats(MemorySegment sum, MemorySegment next, long count) {
        for (long i = 0; i < count; i++) {
            float a = sum.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i);
            float b = next.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i);
            sum.setAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i, Math.max(a, b));
        }
    }

    /** The same in double. */
    static MemorySegment doubles(MemorySegment ranks, long count, int size, Reduction reduction) {
        long bytes = count * Double.BYTES;
        PairwiseSum.of(size, (into, from) -> {
            MemorySegment sum = ranks.asSlice(into * bytes, bytes);
            MemorySegment next = ranks.asSlice(from * bytes, bytes);
            for (long i = 0; i < count; i++) {
                double a = sum.getAtIndex(ValueLayout.JAVA_DOUBLE_UNALIGNED, i);
                double b = next.getAtIndex(ValueLayout.JAVA_DOUBLE_UNALIGNED, i);
                sum.setAtIndex(
                        ValueLayout.JAVA_DOUBLE_UNALIGNED,
                        i,
                        switch (reduction) {
                            case SUM -> a + b;
                            case MAX -> Math.max(a, b);
                        });
            }
        });
        return ranks.asSlice(0, bytes);
    }
}
