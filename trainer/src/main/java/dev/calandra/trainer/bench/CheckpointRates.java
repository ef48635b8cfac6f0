package dev.calandra.trainer.bench;

/**
 * How fast a model and its optimizer go to storage and come back, beside bytes that are only copied. Rates are 10⁹ bytes per second, medians
 * over the rounds.
 *
 * @param bytes of the checkpoint's tensors
 * @param copy the same bytes from one file to another, synced
 * @param plainWrite the same bytes to one file, synced, without checksums
 * @param save a whole save, from the tensors to the step that has been read back
 * @param write of that, the part that writes and syncs the tensors
 * @param plainRead the file's bytes into a buffer
 * @param verify every byte of the step against its checksum, as at the end of a save and at the beginning of a load
 * @param load a whole load: every byte verified, then read into the tensors
 * @param loadUnverified the same without checksums
 */
public record CheckpointRates(
        long bytes,
        double copy,
        double plainWrite,
        double save,
        double write,
        double plainRead,
        double verify,
        double load,
        double loadUnverified) {}
