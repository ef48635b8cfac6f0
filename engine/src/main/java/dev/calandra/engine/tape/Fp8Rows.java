package dev.calandra.engine.tape;

import dev.calandra.engine.DType;
import dev.calandra.engine.Fp8Tensor;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.TensorMemory;
import dev.calandra.engine.fp8.Fp8Format;
import java.lang.foreign.MemorySegment;

/** Rows of FP8 codes as they travel: the codes of a row, then the scales of its tiles. */
final class Fp8Rows {

    private Fp8Rows() {}

    /**
     * Picks rows for the journey.
     *
     * @param codes in row tiles
     * @param index I32 [U]
     * @return U8 [U, D + 4·tiles]; the caller's to close
     */
    static Tensor pack(TensorMemory memory, Fp8Tensor codes, Tensor index) {
        long codeBytes = codes.columns();
        long scaleBytes = (long) Fp8Tensor.tiles(codes.columns()) * Float.BYTES;
        int[] rows = index.toInts();
        Tensor packed = memory.allocate(DType.U8, rows.length, Math.toIntExact(codeBytes + scaleBytes));
        MemorySegment to = packed.segment();
        for (int i = 0; i < rows.length; i++) {
            long at = i * (codeBytes + scaleBytes);
            MemorySegment.copy(codes.codes().segment(), rows[i] * codeBytes, to, at, codeBytes);
            MemorySegment.copy(codes.scales().segment(), rows[i] * scaleBytes, to, at + codeBytes, scaleBytes);
        }
        return packed;
    }

    /**
     * The way back.
     *
     * @param packed U8 [V, D + 4·tiles]
     * @param columns D
     * @return the caller's to close
     */
    static Fp8Tensor unpack(TensorMemory memory, Tensor packed, Fp8Format format, int columns) {
        Fp8Tensor codes = Fp8Tensor.rowTiles(memory, format, packed.rows(), columns);
        long scaleBytes = (long) Fp8Tensor.tiles(columns) * Float.BYTES;
        MemorySegment from = packed.segment();
        for (int i = 0; i < packed.rows(); i++) {
            long at = (long) i * packed.columns();
            MemorySegment.copy(from, at, codes.codes().segment(), (long) i * columns, columns);
            MemorySegment.copy(from, at + columns, codes.scales().segment(), i * scaleBytes, scaleBytes);
        }
        return codes;
    }
}
