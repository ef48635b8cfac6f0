package dev.calandra.cli;

import dev.calandra.configs.ExitCode;
import dev.calandra.configs.Recipe;
import dev.calandra.configs.RunConfig;
import dev.calandra.engine.Kernels;
import dev.calandra.engine.TensorMemory;
import dev.calandra.engine.cpu.CpuKernels;
import dev.calandra.engine.nd4j.Nd4jKernels;
import dev.calandra.trainer.parity.ParityCheck;
import dev.calandra.trainer.parity.ParityReport;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Holds this machine against what another implementation computed from the same weights. */
@Command(
        name = "parity",
        description = "Compare losses, activations, routing and gradients with another implementation's; given a"
                + " trajectory, replay its training steps. Ends with status 5 when a tensor leaves its tolerance.")
final class ParityCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "MODEL_FOLDER", description = "Hugging Face folder: config.json and weights.")
    private Path model;

    @Parameters(
            index = "1",
            paramLabel = "EXPECTED",
            description = "A .safetensors file with input_ids, labels, and what came of them.")
    private Path expected;

    @Option(
            names = "--recipe",
            defaultValue = "fp32",
            description = "fp32, bf16 or fp8_blockwise (default ${DEFAULT-VALUE}).")
    private Recipe recipe;

    @Option(
            names = "--kernels",
            defaultValue = "cpu",
            description = "cpu (fast) or nd4j (reference) (default ${DEFAULT-VALUE}).")
    private RunConfig.Kernels implementation;

    @Override
    public Integer call() {
        try (Kernels kernels = kernels();
                TensorMemory memory = new TensorMemory()) {
            ParityReport report = ParityCheck.run(model, expected, recipe, kernels, memory);
            spec.commandLine().getOut().print(report.table());
            return (report.passed() ? ExitCode.OK : ExitCode.NUMERICS).code();
        }
    }

    private Kernels kernels() {
        return switch (implementation) {
            case CPU -> new CpuKernels(Runtime.getRuntime().availableProcessors());
            case ND4J -> new Nd4jKernels();
        };
    }
}
