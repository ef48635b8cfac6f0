package dev.calandra.laws.records;

import java.util.Set;

/** What FLOPs count, see {@link RunRecord}: the conventions differ by a third and more. */
public enum ComputeConvention {
    /** Training FLOPs per token of the layers alone, attention in full, times tokens. */
    M_D,
    /** Six times parameters times tokens. */
    SIX_N_D,
    /** A column or an expression that does not tell. */
    UNKNOWN;

    private static final Set<String> SIX = Set.of("six_nd_flops", LawFile.SIX_ND_FLOPS, LawFile.SIX_ACTIVE_ND_FLOPS);

    /** @param definition what {@code flops} were computed from, as in a law file's variables */
    public static ComputeConvention of(String definition) {
        String text = definition.strip();
        if (text.equals("scaling_law_flops") || text.startsWith("M D")) {
            return M_D;
        }
        return SIX.contains(text.replace(" ", "")) ? SIX_N_D : UNKNOWN;
    }
}
