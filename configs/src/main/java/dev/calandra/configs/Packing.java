package dev.calandra.configs;

/** How documents become sequences of equal length. */
public enum Packing {
    /** The documents of a source one after another, cut at every sequence length: no padding, and documents cut anywhere. */
    CONCAT,
    /**
     * Documents are put together so that they fill sequences: none that fits into a sequence is cut if that can be avoided, and less than 1 %
     * of a shard's positions are padding (Ding et al., "Fewer Truncations Improve Language Modeling", arXiv 2404.10830).
     */
    BEST_FIT
}
