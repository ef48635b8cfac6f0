package dev.calandra.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Prints what of this machine matters to a run, and what to change where something falls short. */
@Command(
        name = "doctor",
        description = "Check this machine: JDK, flags, cores, memory, vector width, native libraries, disk, Hadoop.")
final class DoctorCommand implements Runnable {

    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        PrintWriter out = spec.commandLine().getOut();
        List<Finding> findings = new ArrayList<>();
        findings.addAll(JavaChecks.all());
        findings.addAll(MachineChecks.all(Path.of("").toAbsolutePath(), System.getenv()));
        findings.addAll(EngineChecks.all(Runtime.getRuntime().availableProcessors()));
        Table table = new Table("", "WHAT", "FOUND");
        for (Finding finding : findings) {
            String remedy = finding.remedy().isEmpty() ? "" : ": " + finding.remedy();
            table.add(finding.remedy().isEmpty() ? "ok" : "warn", finding.subject(), finding.found() + remedy);
        }
        table.print(out);
    }
}
