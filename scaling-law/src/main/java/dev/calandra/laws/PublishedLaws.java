package dev.calandra.laws;

/**
 * The laws behind Ling 2.0's hyper-parameters (Towards Greater Leverage, arXiv 2507.17702). Fitted on that work's own data,
 * architecture and optimizer: a starting point elsewhere, not an answer.
 */
public final class PublishedLaws {
    private static final String SOURCE = "arXiv 2507.17702";

    /**
     * Learning rate and batch size of MoE models (2.3): grid of rates 2^-11 to 2^-9 and batches 2^18 to 2^21 tokens, 64
     * experts of which 4 and a shared one are active. Table 1 of the Ling 2.0 report is this law at 20T tokens, far outside
     * the fitted range.
     */
    public static final HyperParameterLaw LING_MOE_HYPER_PARAMETERS = new HyperParameterLaw(
            SOURCE + ", 2.3", new PowerLaw(1.1576, -0.1529), new PowerLaw(0.0694, 0.3644), 3e17, 3e20);

    /** Compute-optimal allocation of MoE models with 7.8% of experts active (Table 1). */
    public static final AllocationLaw LING_MOE_ALLOCATION =
            new AllocationLaw(SOURCE + ", Table 1", new PowerLaw(0.1915, 0.5095), new PowerLaw(5.2232, 0.4905));

    /** Compute-optimal allocation of dense models (Table 1). */
    public static final AllocationLaw LING_DENSE_ALLOCATION =
            new AllocationLaw(SOURCE + ", Table 1", new PowerLaw(0.0655, 0.5422), new PowerLaw(15.2582, 0.4578));

    private PublishedLaws() {}
}
