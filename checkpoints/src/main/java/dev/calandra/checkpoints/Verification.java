package dev.calandra.checkpoints;

/** How much of a checkpoint is checked before it is believed. */
public enum Verification {
    /** The manifest's checksum, the presence and length of every shard, and every header; the tensors' bytes are taken on trust. */
    HEADERS,
    /** That, and the CRC32C of every byte of every shard. */
    CHECKSUMS
}
