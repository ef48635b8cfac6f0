package dev.calandra.cli;

import dev.calandra.checkpoints.Checkpoint;
import dev.calandra.checkpoints.CheckpointReader;
import dev.calandra.checkpoints.CorruptCheckpointException;
import dev.calandra.checkpoints.HuggingFaceFolder;
import dev.calandra.checkpoints.Shard;
import dev.calandra.checkpoints.TensorInfo;
import dev.calandra.checkpoints.TensorReader;
import dev.calandra.configs.CheckpointException;
import dev.calandra.storage.StorageLocation;
import dev.calandra.trainer.exchange.TensorFigures;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/** Every byte of what lies somewhere, read and held against what it must be. */
final class InspectedBytes {

    private InspectedBytes() {}

    /**
     * Prints a line for each checkpoint, or for the folder or file: what was found, {@code DAMAGED} with what is not as it was written, or {@code
     * NOT READ} with what kept it from being read, which says nothing about its bytes.
     *
     * @return whether all is as it was written
     */
    static boolean verify(StorageLocation place, PrintWriter out) {
        CheckpointReader run = new CheckpointReader(place.storage(), place.location());
        List<Long> steps = place.location().endsWith(".safetensors") ? List.of() : run.steps();
        if (steps.isEmpty()) {
            return verify(() -> TensorReader.open(place.storage(), place.location()), out);
        }
        boolean intact = true;
        for (long step : steps) {
            intact &= verify(() -> run.open(step), out);
        }
        return intact;
    }

    private static boolean verify(Supplier<TensorReader> opened, PrintWriter out) {
        try (TensorReader reader = opened.get()) {
            out.println(reader.location() + ": " + verdict(reader));
            return requireIndexed(reader, out);
        } catch (CorruptCheckpointException e) {
            out.println("DAMAGED " + ErrorReport.oneLine(e.getMessage()));
            return false;
        } catch (CheckpointException e) {
            out.println("NOT READ " + ErrorReport.oneLine(e.getMessage()));
            return false;
        }
    }

    private static boolean requireIndexed(TensorReader reader, PrintWriter out) {
        List<String> hidden = reader instanceof HuggingFaceFolder folder ? folder.unindexed() : List.of();
        if (!hidden.isEmpty()) {
            out.println("NOT IN THE INDEX " + reader.location() + ": " + hidden.size()
                    + " tensors of its files, which no reader by the index sees, e.g. " + hidden.getFirst());
        }
        return hidden.isEmpty();
    }

    private static String verdict(TensorReader reader) {
        long notFinite = 0;
        long bytes = 0;
        for (TensorInfo tensor : reader.tensors()) {
            bytes += tensor.bytes();
            if (TensorFigures.apply(tensor.dtype())) {
                notFinite += TensorFigures.of(reader, tensor).notFinite();
            }
        }
        String how = reader instanceof Checkpoint checkpoint
                ? "every byte of %d files as it was saved (CRC32C), step %d, %.1f MiB"
                        .formatted(
                                checkpoint.manifest().shards().size() + 1,
                                checkpoint.step(),
                                checkpoint.manifest().shards().stream()
                                                .mapToLong(Shard::length)
                                                .sum()
                                        / 1048576.0)
                : "well-formed and readable, %.1f MiB; the format has no checksums".formatted(bytes / 1048576.0);
        return String.format(
                Locale.ROOT, "%s; %s", how, notFinite == 0 ? "all finite" : notFinite + " elements are not finite");
    }
}
