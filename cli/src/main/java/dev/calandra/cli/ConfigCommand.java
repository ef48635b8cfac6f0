package dev.calandra.cli;

import dev.calandra.configs.LoadedConfig;
import dev.calandra.configs.Setting;
import java.io.PrintWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Prints the config that a run would use, with where each value came from. */
@Command(name = "config", description = "Print the effective config and where each value came from.")
final class ConfigCommand implements Runnable {

    @Spec
    private CommandSpec spec;

    @Mixin
    private ConfigArguments arguments;

    @Option(names = "--yaml", description = "Print it as YAML that can be loaded again.")
    private boolean yaml;

    @Option(names = "--explain", description = "Add what each key means.")
    private boolean explain;

    @Override
    public void run() {
        PrintWriter out = spec.commandLine().getOut();
        LoadedConfig loaded = arguments.load();
        if (yaml) {
            out.print(loaded.effectiveYaml());
            return;
        }
        Table table = explain ? new Table("KEY", "VALUE", "FROM", "MEANING") : new Table("KEY", "VALUE", "FROM");
        for (Setting setting : loaded.settings()) {
            if (explain) {
                table.add(setting.key(), setting.value(), setting.origin(), setting.description());
            } else {
                table.add(setting.key(), setting.value(), setting.origin());
            }
        }
        table.print(out);
    }
}
