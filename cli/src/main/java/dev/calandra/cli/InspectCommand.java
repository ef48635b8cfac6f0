package dev.calandra.cli;

import dev.calandra.checkpoints.TensorReader;
import dev.calandra.configs.ExitCode;
import dev.calandra.storage.StorageLocation;
import dev.calandra.storage.Storages;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints what a checkpoint holds, checks it, or compares two. */
@Command(
        name = "inspect",
        description =
                "Print what a checkpoint, a run's newest checkpoint, a Hugging Face folder or a tensor file holds:"
                        + " every tensor with shape, type and norm. With a second location: compare the two, and end with status 5"
                        + " if they differ.")
final class InspectCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Parameters(
            index = "0",
            paramLabel = "LOCATION",
            description =
                    "A run folder, a step folder, a Hugging Face folder or a .safetensors file; local or hdfs://.")
    private String location;

    @Parameters(index = "1", arity = "0..1", paramLabel = "OTHER", description = "What to compare it with.")
    private String other;

    @Option(
            names = "--verify",
            description = "Check every byte, of every checkpoint of a run, and print no tensors; ends with status 4 if"
                    + " something is damaged or cannot be read.")
    private boolean verify;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        if (verify && other != null) {
            throw new ParameterException(spec.commandLine(), "--verify checks one location; leave the other out");
        }
        try (StorageLocation place = Storages.open(location)) {
            if (verify) {
                return (InspectedBytes.verify(place, out) ? ExitCode.OK : ExitCode.CHECKPOINT).code();
            }
            try (TensorReader reader = TensorReader.open(place.storage(), place.location())) {
                if (other != null) {
                    return compare(reader, out);
                }
                InspectedTensors.print(reader, out);
                return ExitCode.OK.code();
            }
        } catch (IOException e) {
            throw ErrorReport.unreadable(location, e);
        }
    }

    private int compare(TensorReader reader, PrintWriter out) {
        try (StorageLocation place = Storages.open(other);
                TensorReader second = TensorReader.open(place.storage(), place.location())) {
            return (InspectedPair.compare(reader, second, out) ? ExitCode.OK : ExitCode.NUMERICS).code();
        } catch (IOException e) {
            throw ErrorReport.unreadable(other, e);
        }
    }
}
