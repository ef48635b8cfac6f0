package dev.calandra.trainer.parallel;

import dev.calandra.checkpoints.RowRange;
import dev.calandra.engine.DType;
import dev.calandra.engine.Fp8Tensor;
import dev.calandra.engine.Kernels;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.TensorMemory;
import dev.calandra.engine.collective.Communicator;
import dev.calandra.engine.collective.Reduction;
import dev.calandra.engine.recipe.Encoded;
import dev.calandra.engine.tape.LinearWeight;
import dev.calandra.trainer.model.Parameter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * Weights that the same ranks hold and read as FP8 codes in 128x128 blocks, sent as these codes.
 *
 * <p>The rows of a block may have several owners. So the ranks agree on the largest magnitude of each block first, which gives its
 * scale; then each owner encodes its rows, and the codes are gathered: the codes that one rank would make of the whole weight. The
 * weight itself stays with its owners; the others keep what the codes decode to, which no product reads.
 *
 * @param weights with the parameter that they are
 * @param ranks of the run
 */
record CodeBucket(List<Coded> weights, Ranks ranks, Kernels kernels, TensorMemory memory) {

    CodeBucket {
        weights = List.copyOf(weights);
    }

    /** A parameter as linear layers read it. */
    record Coded(Parameter parameter, LinearWeight weight) {

        Tensor rows(RowRange range) {
            return parameter.rows(parameter.value(), range);
        }
    }

    /** One weight in the making. */
    private record Part(Coded coded, RowRange owned, Fp8Tensor codes, Tensor maxima) {

        Tensor codes(RowRange range) {
            return codes.codes().slice(Math.toIntExact(range.from()), Math.toIntExact(range.to()));
        }
    }

    /** Gives each weight the encoding of what its owners have; collective. */
    void gather(Communicator holders) {
        List<Fp8Tensor> codes = weights.stream()
                .map(coded -> coded.weight().newBlocks(memory).orElseThrow())
                .toList();
        int blocks = Math.toIntExact(
                codes.stream().mapToLong(fp8 -> fp8.scales().size()).sum());
        try (Tensor maxima = memory.allocate(DType.F32, blocks)) {
            List<Part> parts = parts(codes, maxima);
            for (Part part : parts) {
                kernels.blockMaxima(part.coded.rows(part.owned), firstRow(part), part.codes, part.maxima);
            }
            holders.allReduce(maxima, Reduction.MAX);
            for (Part part : parts) {
                kernels.encodeBlocks(part.coded.rows(part.owned), firstRow(part), part.maxima, part.codes);
            }
            exchange(parts, holders);
            parts.forEach(this::decodeOthers);
        }
        for (int i = 0; i < codes.size(); i++) {
            weights.get(i).weight().replaceEncoding(Encoded.owning(codes.get(i)));
        }
    }

    private List<Part> parts(List<Fp8Tensor> codes, Tensor maxima) {
        List<Part> parts = new ArrayList<>();
        int at = 0;
        for (int i = 0; i < codes.size(); i++) {
            Coded coded = weights.get(i);
            Tensor scales = codes.get(i).scales();
            int end = at + Math.toIntExact(scales.size());
            Tensor own = maxima.slice(at, end).reshape(scales.shape());
            parts.add(new Part(coded, ranks.owned(coded.parameter), codes.get(i), own));
            at = end;
        }
        return parts;
    }

    private static int firstRow(Part part) {
        return Math.toIntExact(part.owned.from());
    }

    /** One message: the codes by owner, then by weight. */
    private void exchange(List<Part> parts, Communicator holders) {
        long[] counts = new long[holders.size()];
        for (Part part : parts) {
            for (int r = 0; r < counts.length; r++) {
                counts[r] += share(part, r).rows() * part.codes.columns();
            }
        }
        int total = Math.toIntExact(Arrays.stream(counts).sum());
        try (Tensor all = memory.allocate(DType.U8, total);
                Tensor own = memory.allocate(DType.U8, Math.toIntExact(counts[holders.rank()]))) {
            int at = 0;
            for (Part part : parts) {
                Tensor rows = part.codes(part.owned);
                at = part(own, at, rows, (message, codes) -> message.copyFrom(codes));
            }
            holders.allGather(own, counts, all);
            at = 0;
            for (int r = 0; r < counts.length; r++) {
                for (Part part : parts) {
                    at = part(all, at, part.codes(share(part, r)), (message, codes) -> codes.copyFrom(message));
                }
            }
        }
    }

    private RowRange share(Part part, int holder) {
        return ranks.shares(part.coded.parameter).get(holder);
    }

    /** Copies between codes and their place in a message; returns where that ends. */
    private static int part(Tensor message, int at, Tensor codes, BiConsumer<Tensor, Tensor> copy) {
        int end = at + Math.toIntExact(codes.size());
        copy.accept(message.slice(at, end).reshape(codes.shape()), codes);
        return end;
    }

    /** Overwrites the rows of other owners, of which only the codes are known. */
    private void decodeOthers(Part part) {
        Parameter parameter = part.coded.parameter;
        try (Tensor decoded = memory.allocate(DType.F32, parameter.rows(), parameter.columns())) {
            kernels.dequantise(part.codes, null, decoded);
            RowRange before = new RowRange(0, part.owned.from());
            RowRange behind = new RowRange(part.owned.to(), parameter.rows());
            for (RowRange others : List.of(before, behind)) {
                part.coded.rows(others).copyFrom(parameter.rows(decoded, others));
            }
        }
    }
}
