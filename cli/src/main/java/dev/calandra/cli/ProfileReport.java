package dev.calandra.cli;

import dev.calandra.engine.profile.Profile;
import dev.calandra.engine.profile.Roofline;
import dev.calandra.trainer.bench.ProfiledBenchmark;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Where a step's time goes, for people and as JSON. */
final class ProfileReport implements Report {
    private static final double MILLI = 1e3;
    private static final double GIGA = 1e-9;

    private final Profile profile;
    private final Roofline roofline;
    private final List<Profile.Line> lines;

    ProfileReport(ProfiledBenchmark benchmark) {
        profile = benchmark.profile();
        roofline = benchmark.roofline();
        lines = profile.lines(roofline);
    }

    /** One row for each kernel and shape, the longest time first, and one for the time between kernels. */
    @Override
    public void print(PrintWriter out) {
        out.println();
        out.println("Profile of %d further steps of %s ms, every kernel timed; a plain copy moves %s GB/s"
                .formatted(
                        profile.steps().size(),
                        oneDecimal(profile.stepSeconds() * MILLI),
                        oneDecimal(roofline.bytesPerSecond() * GIGA)));
        out.println("The products of a step alone, all at the machine's rates: %s ms"
                .formatted(oneDecimal(profile.productSeconds(roofline) * MILLI)));
        out.println();
        Table table = new Table("KERNEL", "CALLS", "MS", "SHARE", "GFLOP/S", "GB/S", "ROOFLINE", "OPERANDS");
        for (Profile.Line line : lines) {
            table.add(
                    line.kernel(),
                    oneDecimal(line.calls()),
                    twoDecimals(line.seconds() * MILLI),
                    percent(line.share()),
                    line.flops() == 0 ? "" : oneDecimal(line.flopsPerSecond() * GIGA),
                    oneDecimal(line.bytesPerSecond() * GIGA),
                    percent(line.rooflineShare()),
                    line.shapes());
        }
        double outside = profile.secondsOutsideKernels();
        table.add(
                "(between kernels)",
                "",
                twoDecimals(outside * MILLI),
                percent(outside / profile.stepSeconds()),
                "",
                "",
                "",
                "");
        table.print(out);
    }

    @Override
    public Map<String, Object> fields() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("copy_gb_per_second", roofline.bytesPerSecond() * GIGA);
        fields.put("profiled_step_ms", profile.stepSeconds() * MILLI);
        fields.put("products_at_machine_rates_ms", profile.productSeconds(roofline) * MILLI);
        fields.put("between_kernels_ms", profile.secondsOutsideKernels() * MILLI);
        fields.put("profile", lines.stream().map(ProfileReport::fields).toList());
        return fields;
    }

    private static Map<String, Object> fields(Profile.Line line) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("kernel", line.kernel());
        fields.put("operands", line.shapes());
        fields.put("calls_per_step", line.calls());
        fields.put("ms_per_step", line.seconds() * MILLI);
        fields.put("share_of_step", line.share());
        fields.put("flops_per_step", line.flops());
        fields.put("bytes_per_step", line.bytes());
        fields.put("gflops", line.flopsPerSecond() * GIGA);
        fields.put("gb_per_second", line.bytesPerSecond() * GIGA);
        fields.put("roofline_share", line.rooflineShare());
        return fields;
    }

    private static String oneDecimal(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }

    private static String twoDecimals(double value) {
        return String.format(Locale.ROOT, "%.2f", value);
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.1f %%", 100 * share);
    }
}
