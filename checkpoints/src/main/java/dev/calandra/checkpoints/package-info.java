/**
 * Checkpoints on disk: the safetensors format, the checksummed manifest, the commit protocol (stage, sync, rename), verification before
 * belief, quarantine, fall-back and retention; and reading of Hugging Face weight folders. This package owns every byte of a step folder.
 * It must not know what a tensor means, which model it belongs to or how it is held in memory (bytes pass as {@link java.nio.ByteBuffer},
 * no ND4J), nor which file system lies below {@link dev.calandra.storage.Storage}.
 */
package dev.calandra.checkpoints;
