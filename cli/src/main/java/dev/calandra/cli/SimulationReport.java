package dev.calandra.cli;

import dev.calandra.laws.plan.Layout;
import dev.calandra.laws.plan.Simulation;
import java.io.PrintWriter;
import java.util.Locale;

/**
 * The table of {@code plan --simulate}.
 *
 * @param layout what was simulated
 * @param measured on what
 * @param step what came out
 */
record SimulationReport(Layout layout, Simulation.Measured measured, Simulation step) {

    void print(PrintWriter out) {
        Table table = new Table(
                "A STEP OF %d RANKS, %d TO A COPY OF THE EXPERTS".formatted(layout.ranks(), layout.expert()),
                "SECONDS",
                "SHARE");
        add(table, "computing, at %.0f tokens/s a rank".formatted(measured.tokensPerSecond()), step.compute());
        add(table, "threads taking turns on %d cores".formatted(measured.node().cores()), step.coreSharing());
        add(table, "waiting for the busiest experts", step.imbalance());
        add(table, "rows to and from experts", step.exchange());
        add(table, "moved weights", step.weights());
        add(table, "sums of gradients", step.gradients());
        add(table, "of these beside the backward pass", 0 - step.hidden());
        add(table, "all", step.seconds());
        table.print(out);
        out.println();
        Table rates = new Table("SIMULATED", "");
        rates.add("tokens/s of all ranks", String.format(Locale.ROOT, "%,.0f", step.tokensPerSecond()));
        rates.add("times the rate of one rank", String.format(Locale.ROOT, "%.2f", step.speedup()));
        rates.add(
                "of what the cores compute by themselves",
                String.format(Locale.ROOT, "%.1f %%", 100 * step.efficiency()));
        rates.add(
                "a message",
                String.format(
                        Locale.ROOT,
                        "%.1f µs and %.2f GB/s",
                        1e6 * measured.link().latency(),
                        1e-9 * measured.link().bytesPerSecond()));
        rates.print(out);
        if (measured.node().slowdown() > 1) {
            out.println(
                    "Ranks that take turns on cores also wait for each other: measured steps took up to half as long again (docs/parallel.md).");
        }
    }

    private void add(Table table, String part, double seconds) {
        table.add(
                part,
                String.format(Locale.ROOT, "%.4f", seconds),
                String.format(Locale.ROOT, "%.1f %%", 100 * seconds / step.seconds()));
    }
}
