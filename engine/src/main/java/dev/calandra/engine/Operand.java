package dev.calandra.engine;

/**
 * What a matrix product reads: values as they are, values kept as FP8 codes with scales, or rows of either picked by
 * index. A product never needs the decoded or gathered matrix in memory; each backend decodes while it loads.
 */
public sealed interface Operand permits Tensor, Fp8Tensor, GatheredRows {

    /** Rows of the operand seen as a matrix: all leading axes flattened. */
    int rows();

    /** Length of the last axis. */
    int columns();
}
