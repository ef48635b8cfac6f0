package dev.calandra.engine.profile;

/**
 * What a call of a kernel cannot avoid, by the shapes of its operands.
 *
 * @param shapes the operands that decide the cost, for people: calls with equal labels are summed up together
 * @param operands of its matrix products, which decide the rate that a machine has for them
 * @param flops floating-point operations of its matrix products, a multiply-add counted as two; element-wise arithmetic
 *     counts as none, as bandwidth limits it
 * @param bytes every operand read once and every result written once; a result that is added to is read as well
 */
public record Work(String shapes, Operands operands, long flops, long bytes) {

    public Work {
        if (flops < 0 || bytes < 0) {
            throw new IllegalArgumentException(shapes + ": " + flops + " operations, " + bytes + " bytes");
        }
    }

    /** What a product multiplies. */
    public enum Operands {
        F32,
        /** Both in FP8. */
        FP8
    }

    /** Work whose products, if any, are of F32. */
    public Work(String shapes, long flops, long bytes) {
        this(shapes, Operands.F32, flops, bytes);
    }
}
