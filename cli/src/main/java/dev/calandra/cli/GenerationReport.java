package dev.calandra.cli;

import dev.calandra.trainer.bench.GenerationResult;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** The speed of generation behind a prefix. */
record GenerationReport(GenerationResult result) implements Report {

    @Override
    public void print(PrintWriter out) {
        Table table = new Table("WHAT", "MEASURED");
        table.add("prefix", result.prefix() + " tokens");
        table.add("tokens per second", oneDecimal(result.tokensPerSecond()));
        table.add("tokens per second, prefix computed again", oneDecimal(result.recomputedTokensPerSecond()));
        table.add("ratio", oneDecimal(result.ratio()));
        table.add("same tokens", result.sameTokens() ? "yes" : "no");
        table.print(out);
    }

    @Override
    public Map<String, Object> fields() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("prefix", result.prefix());
        fields.put("tokens_per_second", result.tokensPerSecond());
        fields.put("recomputed_tokens_per_second", result.recomputedTokensPerSecond());
        fields.put("ratio", result.ratio());
        fields.put("same_tokens", result.sameTokens());
        return fields;
    }

    private static String oneDecimal(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }
}
