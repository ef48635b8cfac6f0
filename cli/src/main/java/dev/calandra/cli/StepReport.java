package dev.calandra.cli;

import dev.calandra.configs.PretrainConfig;
import dev.calandra.trainer.bench.BenchmarkResult;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** The speed of training steps. */
record StepReport(PretrainConfig config, BenchmarkResult result) implements Report {

    @Override
    public void print(PrintWriter out) {
        Table table = new Table("MEASURED", "");
        table.add("recipe", recipe());
        table.add("kernels", result.kernels());
        if (result.ranks() > 1) {
            int expert = config.parallel().expert();
            table.add("ranks", result.ranks() + " over " + result.carrier() + ", parallel.expert " + expert);
        }
        table.add("tokens per second", String.format(Locale.ROOT, "%.0f", result.tokensPerSecond()));
        table.add(
                "peak resident memory",
                result.peakRssMiB().isPresent() ? result.peakRssMiB().getAsLong() + " MiB" : "unknown");
        table.add("sgemm", gigaflops(result.rates().f32()));
        table.add("FP8 products", gigaflops(result.rates().fp8()));
        table.add("model FLOPs, share of sgemm", String.format(Locale.ROOT, "%.1f %%", 100 * result.modelFlopsShare()));
        table.print(out);
    }

    @Override
    public Map<String, Object> fields() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("recipe", recipe());
        fields.put("kernels", result.kernels());
        fields.put("ranks", result.ranks());
        fields.put("tokens_per_second", result.tokensPerSecond());
        fields.put(
                "peak_rss_mib",
                result.peakRssMiB().isPresent() ? result.peakRssMiB().getAsLong() : null);
        fields.put("sgemm_gflops", result.rates().f32());
        fields.put("fp8_gflops", result.rates().fp8());
        fields.put("model_flops_share", result.modelFlopsShare());
        return fields;
    }

    private String recipe() {
        return config.precision().recipe().name().toLowerCase(Locale.ROOT);
    }

    private static String gigaflops(double rate) {
        return String.format(Locale.ROOT, "%.1f GFLOP/s", rate);
    }
}
