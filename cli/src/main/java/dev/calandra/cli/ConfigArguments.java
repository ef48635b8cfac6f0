package dev.calandra.cli;

import dev.calandra.configs.Configs;
import dev.calandra.configs.LoadedConfig;
import dev.calandra.laws.choice.LawAutoValues;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The arguments of every command that works on a config. */
final class ConfigArguments {

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Parameters(paramLabel = "CONFIG", description = "YAML file, such as configs/pico.yaml.")
    private Path file;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "Override one key, such as run.steps=100; may be repeated.")
    private List<String> sets = new ArrayList<>();

    /** The same arguments, for another process. */
    List<String> asArguments() {
        List<String> written = new ArrayList<>(List.of(file.toString()));
        for (String set : sets) {
            written.addAll(List.of("--set", set));
        }
        return written;
    }

    /** @throws dev.calandra.configs.ConfigException with every problem found */
    LoadedConfig load() {
        return Configs.load(
                file,
                sets,
                new LawAutoValues(warning -> command.commandLine().getErr().println("calandra: " + warning)));
    }
}
