package dev.calandra.engine.collective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.engine.DType;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.TensorMemory;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;

/** What every communicator must do, seen from one of its ranks; throws where one does not. */
final class CommunicatorContract {

    /** Several rounds, an odd end, fewer elements than ranks, none. */
    private static final int[] SIZES = {0, 1, 3, 1000, (1 << 20) + 77};

    private final Communicator group;
    private final CRC32C digest = new CRC32C();

    private CommunicatorContract(Communicator group) {
        this.group = group;
    }

    /** @return a checksum of all sums that this rank has seen, the same on every rank and for every kind of communicator */
    static long check(Communicator group) {
        CommunicatorContract contract = new CommunicatorContract(group);
        try (TensorMemory memory = new TensorMemory()) {
            for (int size : SIZES) {
                contract.reduces(memory, size);
                contract.scattersAndGathers(memory, size);
            }
            contract.reducesArrays();
            contract.exchangesRows(memory);
            contract.gathersBytes();
            contract.broadcasts();
            contract.splits(memory);
            contract.runsInTheBackground(memory);
            contract.refusesWhatDoesNotFit(memory);
            contract.group.barrier();
        }
        return contract.digest.getValue();
    }

    private static float[] drawn(int rank, int size) {
        Random random = new Random(31L * rank + size);
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextGaussian() * (1 << random.nextInt(12));
        }
        return values;
    }

    /** The sum that is promised: of the ranks' first half and of their second half. */
    private float[] sum(int size) {
        return sum(0, group.size(), size);
    }

    private float[] sum(int first, int end, int size) {
        if (end - first == 1) {
            return drawn(first, size);
        }
        int middle = first + (end - first) / 2;
        float[] sum = sum(first, middle, size);
        float[] next = sum(middle, end, size);
        for (int i = 0; i < size; i++) {
            sum[i] += next[i];
        }
        return sum;
    }

    private void reduces(TensorMemory memory, int size) {
        try (Tensor values = memory.allocate(DType.F32, size);
                Tensor doubles = memory.allocate(DType.F64, size)) {
            values.copyFrom(drawn(group.rank(), size));
            group.allReduce(values, Reduction.SUM);
            assertThat(values.toFloats()).isEqualTo(sum(size));
            digest.update(values.segment().toArray(ValueLayout.JAVA_BYTE));
            for (int i = 0; i < size; i++) {
                doubles.setDouble(i, group.rank() == i % group.size() ? i : -i);
            }
            group.allReduce(doubles, Reduction.MAX);
            for (int i = 0; i < size; i++) {
                assertThat(doubles.getDouble(i)).isEqualTo(i);
            }
        }
    }

    private void scattersAndGathers(TensorMemory memory, int size) {
        int ranks = group.size();
        long[] counts = IntStream.range(0, ranks)
                .mapToLong(r -> (long) size * (r + 1) / ranks - (long) size * r / ranks)
                .toArray();
        int from = Math.toIntExact((long) size * group.rank() / ranks);
        int count = Math.toIntExact(counts[group.rank()]);
        try (Tensor values = memory.allocate(DType.F32, size);
                Tensor own = memory.allocate(DType.F32, count)) {
            values.copyFrom(drawn(group.rank(), size));
            group.reduceScatter(values, counts, own);
            assertThat(own.toFloats()).isEqualTo(Arrays.copyOfRange(sum(size), from, from + count));
            group.allGather(own, counts, values);
            assertThat(values.toFloats()).isEqualTo(sum(size));
        }
    }

    private void reducesArrays() {
        int ranks = group.size();
        assertThat(group.allReduce(new long[] {group.rank() + (1L << 40), -group.rank()}, Reduction.SUM))
                .containsExactly(ranks * (ranks - 1) / 2 + ranks * (1L << 40), -(long) ranks * (ranks - 1) / 2);
        assertThat(group.allReduce(new long[] {group.rank()}, Reduction.MAX)).containsExactly(ranks - 1);
        assertThat(group.allReduce(new double[] {0.5, group.rank() == 0 ? Double.NaN : 1}, Reduction.SUM))
                .containsExactly(0.5 * ranks, Double.NaN);
        assertThat(group.allReduce(new long[0], Reduction.SUM)).isEmpty();
    }

    /** Rank r sends rank d (r + d) % 3 rows, so that some send nothing; rows say where they come from. */
    private void exchangesRows(TensorMemory memory) {
        int ranks = group.size();
        int[] sent = IntStream.range(0, ranks).map(d -> (group.rank() + d) % 3).toArray();
        int[] arriving = group.allToAll(sent);
        assertThat(arriving)
                .containsExactly(IntStream.range(0, ranks)
                        .map(r -> (r + group.rank()) % 3)
                        .toArray());
        for (DType dtype : List.of(DType.U8, DType.I32)) {
            int columns = 5;
            try (Tensor rows = memory.allocate(dtype, Arrays.stream(sent).sum(), columns);
                    Tensor received =
                            memory.allocate(dtype, Arrays.stream(arriving).sum(), columns)) {
                rows.segment().fill((byte) (group.rank() + 1));
                group.allToAll(rows, sent, received, arriving);
                int at = 0;
                for (int r = 0; r < ranks; r++) {
                    Tensor part = received.slice(at, at + arriving[r]);
                    byte[] expected = new byte[Math.toIntExact(part.byteSize())];
                    Arrays.fill(expected, (byte) (r + 1));
                    assertThat(part.segment().toArray(ValueLayout.JAVA_BYTE)).isEqualTo(expected);
                    at += arriving[r];
                }
            }
        }
    }

    private void gathersBytes() {
        List<byte[]> all = group.allGather("x".repeat(group.rank()).getBytes(StandardCharsets.UTF_8));
        assertThat(all).hasSize(group.size());
        for (int r = 0; r < group.size(); r++) {
            assertThat(all.get(r)).isEqualTo("x".repeat(r).getBytes(StandardCharsets.UTF_8));
        }
    }

    /** What the others bring may be longer or nothing. */
    private void broadcasts() {
        int root = group.size() - 1;
        for (int length : new int[] {0, 1, 1000}) {
            byte[] expected = new byte[length];
            Arrays.fill(expected, (byte) root);
            byte[] own = group.rank() == root ? expected : new byte[5 * group.rank()];
            assertThat(group.broadcast(own, root)).isEqualTo(expected);
        }
    }

    private void splits(TensorMemory memory) {
        try (Communicator part = group.split(group.rank() % 2)) {
            assertThat(part.rank()).isEqualTo(group.rank() / 2);
            assertThat(part.size()).isEqualTo((group.size() + 1 - group.rank() % 2) / 2);
            long[] sum = part.allReduce(new long[] {group.rank()}, Reduction.SUM);
            assertThat(sum)
                    .containsExactly(IntStream.range(0, group.size())
                            .filter(r -> r % 2 == group.rank() % 2)
                            .sum());
            try (Tensor values = memory.zeros(DType.F32, 2000)) {
                part.allReduce(values, Reduction.SUM);
                assertThat(values.toFloats()).containsOnly(0);
            }
        }
    }

    private void runsInTheBackground(TensorMemory memory) {
        int size = 5000;
        try (Tensor values = memory.allocate(DType.F32, size)) {
            values.copyFrom(drawn(group.rank(), size));
            Communicator.Pending first = group.start(twin -> twin.allReduce(values, Reduction.SUM));
            long[] meanwhile = group.allReduce(new long[] {1}, Reduction.SUM);
            Communicator.Pending second = group.start(Communicator::barrier);
            second.await();
            first.await();
            assertThat(meanwhile).containsExactly(group.size());
            assertThat(values.toFloats()).isEqualTo(sum(size));
        }
    }

    private void refusesWhatDoesNotFit(TensorMemory memory) {
        try (Tensor values = memory.zeros(DType.I32, 4);
                Tensor floats = memory.zeros(DType.F32, 4)) {
            assertThatThrownBy(() -> group.allReduce(values, Reduction.SUM)).hasMessageContaining("I32");
            assertThatThrownBy(() -> group.reduceScatter(floats, new long[group.size()], floats))
                    .hasMessageContaining("4 elements in all");
            assertThatThrownBy(() -> group.allToAll(floats, new int[group.size()], floats, new int[group.size()]))
                    .hasMessageContaining("does not hold");
        }
    }
}
