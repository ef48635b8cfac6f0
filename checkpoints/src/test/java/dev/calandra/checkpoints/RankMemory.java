package dev.calandra.checkpoints;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * What one rank of a small mixture-of-experts model has in memory: all rows of its parameters, and of the two moments the rows that it owns.
 * A parameter may hold several published tensors one below the other, so that what a rank owns begins and ends within tensors.
 */
final class RankMemory {
    private static final int HIDDEN = 6;
    private static final int WIDTH = 3;

    /** The sets of tensors of a training checkpoint, by the prefix of their names; all but the first are sharded. */
    private static final List<String> SETS = List.of("", "optimizer.first_moment.", "optimizer.second_moment.");

    private record Block(List<TensorInfo> parts, RowRange owned, List<ByteBuffer> memoryBySet) {
        int rowBytes() {
            return Math.toIntExact(parts.getFirst().rowBytes());
        }

        RowRange held(int set) {
            return set == 0
                    ? new RowRange(0, parts.stream().mapToLong(TensorInfo::rows).sum())
                    : owned;
        }
    }

    private final List<Block> blocks = new ArrayList<>();

    RankMemory(RankLayout layout, int rank, int experts) {
        for (TensorInfo shared : shared(experts)) {
            blocks.add(block(List.of(shared), layout.ownedOfShared(rank, shared.rows())));
        }
        RowRange local = layout.experts(rank, experts);
        List<TensorInfo> gateUp = new ArrayList<>();
        List<TensorInfo> down = new ArrayList<>();
        for (long e = local.from(); e < local.to(); e++) {
            gateUp.add(f32("experts." + e + ".gate_proj", WIDTH, HIDDEN));
            gateUp.add(f32("experts." + e + ".up_proj", WIDTH, HIDDEN));
            down.add(f32("experts." + e + ".down_proj", HIDDEN, WIDTH));
        }
        for (List<TensorInfo> fused : List.of(gateUp, down)) {
            long rows = fused.stream().mapToLong(TensorInfo::rows).sum();
            blocks.add(block(fused, layout.ownedOfExperts(rank, rows)));
        }
    }

    /** The tensors that are on every rank; 11 and 7 rows do not divide evenly by any number of ranks. */
    private static List<TensorInfo> shared(int experts) {
        return List.of(
                f32("embedding", 11, HIDDEN), f32("norm", 7), f32("router", experts, HIDDEN), f32("bias", experts));
    }

    /** Every logical tensor of such a model's checkpoint. */
    static List<TensorInfo> logicalTensors(int experts) {
        RankMemory everything = new RankMemory(RankLayout.SINGLE, 0, experts);
        return SETS.stream()
                .flatMap(prefix -> everything.blocks.stream()
                        .flatMap(block -> block.parts.stream())
                        .map(part -> prefixed(prefix, part)))
                .toList();
    }

    /** The bytes that a logical tensor is to have. */
    static byte[] truth(TensorInfo tensor) {
        byte[] bytes = new byte[Math.toIntExact(tensor.bytes())];
        new Random(tensor.name().hashCode()).nextBytes(bytes);
        return bytes;
    }

    private static Block block(List<TensorInfo> parts, RowRange owned) {
        Block sizes = new Block(parts, owned, List.of());
        return new Block(
                parts,
                owned,
                IntStream.range(0, SETS.size())
                        .mapToObj(
                                set -> ByteBuffer.allocate((int) sizes.held(set).rows() * sizes.rowBytes()))
                        .toList());
    }

    private static TensorInfo f32(String name, long... shape) {
        return new TensorInfo(name, DType.F32, TensorSource.shape(shape));
    }

    private static TensorInfo prefixed(String prefix, TensorInfo part) {
        return new TensorInfo(prefix + part.name(), part.dtype(), part.shape());
    }

    /** A logical tensor's rows and where they are in this rank's memory. */
    private interface Visitor {
        void visit(TensorInfo tensor, RowRange rows, ByteBuffer memory);
    }

    /** @param owned only what this rank owns, rather than all that it holds */
    private void forEach(boolean owned, Visitor visitor) {
        for (Block block : blocks) {
            for (int set = 0; set < SETS.size(); set++) {
                RowRange held = block.held(set);
                RowRange wanted = owned ? block.owned : held;
                long partStart = 0;
                for (TensorInfo part : block.parts) {
                    RowRange rows = wanted.intersection(new RowRange(partStart, partStart + part.rows()));
                    if (!rows.isEmpty()) {
                        ByteBuffer memory = block.memoryBySet
                                .get(set)
                                .slice(
                                        (int) (rows.from() - held.from()) * block.rowBytes(),
                                        (int) rows.rows() * block.rowBytes());
                        visitor.visit(prefixed(SETS.get(set), part), rows.countedFrom(partStart), memory);
                    }
                    partStart += part.rows();
                }
            }
        }
    }

    void fillWithTruth() {
        forEach(false, (tensor, rows, memory) -> memory.put(truth(tensor, rows)));
    }

    /** Whether every byte that this rank holds is as it is to be. */
    boolean isTrue() {
        List<String> wrong = new ArrayList<>();
        forEach(false, (tensor, rows, memory) -> {
            if (!memory.equals(ByteBuffer.wrap(truth(tensor, rows)))) {
                wrong.add(tensor.name());
            }
        });
        return wrong.isEmpty();
    }

    private static byte[] truth(TensorInfo tensor, RowRange rows) {
        byte[] bytes = new byte[(int) (rows.rows() * tensor.rowBytes())];
        System.arraycopy(truth(tensor), (int) (rows.from() * tensor.rowBytes()), bytes, 0, bytes.length);
        return bytes;
    }

    void load(TensorReader checkpoint) {
        forEach(false, (tensor, rows, memory) -> checkpoint.readRows(tensor.name(), rows.from(), memory));
    }

    List<TensorSource> sources() {
        List<TensorSource> sources = new ArrayList<>();
        forEach(
                true,
                (tensor, rows, memory) -> sources.add(TensorSource.ofRows(tensor, rows, TensorContent.of(memory))));
        return sources;
    }
}
