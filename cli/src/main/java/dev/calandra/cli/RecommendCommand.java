package dev.calandra.cli;

import dev.calandra.configs.Configs;
import dev.calandra.laws.choice.Recommendation;
import dev.calandra.laws.choice.Recommendation.Choice;
import dev.calandra.laws.choice.Recommender;
import dev.calandra.laws.records.LawFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Turns a budget into a config that can be trained. */
@Command(
        name = "recommend",
        description =
                "Turn a budget into a config: size, tokens, batch size and learning rate, each with the law it comes from.")
final class RecommendCommand implements Runnable {

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--budget",
            paramLabel = "FLOPS",
            description = "Training compute as Ling's laws count it: C = M D, see docs/scaling-laws.md.")
    private Double budget;

    @Option(names = "--hours", paramLabel = "HOURS", description = "Time to spend instead; needs --tokens-per-second.")
    private Double hours;

    @Option(
            names = "--tokens-per-second",
            paramLabel = "RATE",
            description = "Measured on the base config, see 'calandra bench'.")
    private Double rate;

    @Option(
            names = "--law",
            paramLabel = "LAW",
            description =
                    "Law file or published law: one that chooses learning rate and batch (default ling), one for the size:"
                            + " an allocation or a loss law (default ling-allocation). May be given twice.")
    private List<String> laws = new ArrayList<>();

    @Option(
            names = "--base",
            paramLabel = "CONFIG",
            description =
                    "Config whose architecture, data and all that no law chooses are kept (default configs/pico.yaml).")
    private Path base;

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "Override one key of the base; may be repeated.")
    private List<String> sets = new ArrayList<>();

    @Option(names = "--out", paramLabel = "FILE", description = "Write the config there (default: print it).")
    private Path output;

    @Override
    public void run() {
        LawFile hyperParameters = LawFile.resolve("ling");
        LawFile sizes = LawFile.resolve("ling-allocation");
        for (String name : laws) {
            LawFile law = LawFile.resolve(name);
            if (law.targets().contains("learning_rate") || law.targets().contains("batch_tokens")) {
                hyperParameters = law;
            } else {
                sizes = law;
            }
        }
        Path config = base == null ? Installation.current().pico() : base;
        Recommender recommender = new Recommender(config, sets, sizes, hyperParameters);
        double compute = compute(recommender);
        Recommendation recommendation = recommender.recommend(compute);
        PrintWriter err = spec.commandLine().getErr();
        PrintWriter out = spec.commandLine().getOut();
        print(recommendation, compute, output == null ? err : out);
        recommendation.warnings().forEach(warning -> err.println("calandra: warning: " + warning));
        String yaml = yaml(recommendation, compute);
        if (output == null) {
            out.print(yaml);
        } else {
            try {
                Files.writeString(output, yaml);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            err.println("calandra: config written into " + output);
        }
    }

    private double compute(Recommender recommender) {
        requirePositive("--budget", budget);
        requirePositive("--hours", hours);
        requirePositive("--tokens-per-second", rate);
        if ((budget == null) == (hours == null)) {
            throw new ParameterException(
                    spec.commandLine(), "give either --budget or --hours with --tokens-per-second");
        }
        if ((hours == null) != (rate == null)) {
            throw new ParameterException(spec.commandLine(), "--hours and --tokens-per-second belong together");
        }
        return budget != null ? budget : recommender.compute(hours, rate);
    }

    private void requirePositive(String option, Double value) {
        if (value != null && !(value > 0 && Double.isFinite(value))) {
            throw new ParameterException(spec.commandLine(), option + " must be above 0, is " + value);
        }
    }

    private static void print(Recommendation recommendation, double compute, PrintWriter out) {
        out.printf(Locale.ROOT, "for C = %.3e FLOPs (M D)%n", compute);
        Table table = new Table("KEY", "VALUE", "INTERVAL", "FROM");
        for (Choice choice : recommendation.choices()) {
            table.add(choice.key(), choice.value(), choice.interval(), choice.origin());
        }
        table.print(out);
    }

    private static String yaml(Recommendation recommendation, double compute) {
        Map<String, String> comments = new LinkedHashMap<>();
        for (Choice choice : recommendation.choices()) {
            comments.put(choice.key(), choice.value() + "; " + choice.interval() + "; " + choice.origin());
        }
        StringBuilder text = new StringBuilder();
        text.append(String.format(Locale.ROOT, "# Recommended for C = %.3e FLOPs (M D).%n", compute));
        recommendation
                .warnings()
                .forEach(warning -> text.append("# Warning: ").append(warning).append(".\n"));
        return text.append(Configs.toYaml(recommendation.config().config(), comments))
                .toString();
    }
}
