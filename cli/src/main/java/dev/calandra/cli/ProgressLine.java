package dev.calandra.cli;

import dev.calandra.data.TokenizeProgress;
import java.io.Console;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.function.Consumer;

/** How far a tokenizing job is: on a terminal a bar that is drawn again in place, elsewhere a line now and then. */
final class ProgressLine implements Consumer<TokenizeProgress>, AutoCloseable {
    private static final int WIDTH = 24;
    private static final double SECONDS_BETWEEN_DRAWINGS = 0.2;
    private static final double SECONDS_BETWEEN_LINES = 5;

    private final String name;
    private final PrintWriter err;
    private final boolean terminal;
    private double next;
    private int drawn;

    ProgressLine(String name, PrintWriter err) {
        this(name, err, isTerminal());
    }

    ProgressLine(String name, PrintWriter err, boolean terminal) {
        this.name = name;
        this.err = err;
        this.terminal = terminal;
        this.next = terminal ? 0 : SECONDS_BETWEEN_LINES;
    }

    @Override
    public void accept(TokenizeProgress progress) {
        if (progress.seconds() < next) {
            return;
        }
        String line = line(progress);
        if (terminal) {
            err.print("\r" + line + " ".repeat(Math.max(0, drawn - line.length())));
            err.flush();
            drawn = line.length();
        } else {
            err.println(line);
        }
        next = progress.seconds() + (terminal ? SECONDS_BETWEEN_DRAWINGS : SECONDS_BETWEEN_LINES);
    }

    @Override
    public void close() {
        clear();
    }

    /** Removes the bar. */
    void clear() {
        if (drawn > 0) {
            err.print("\r" + " ".repeat(drawn) + "\r");
            err.flush();
            drawn = 0;
        }
    }

    /** For example {@code books [=====>         ]  37 %  21.4 MB/s  12,345,678 tokens  2:05 left}. */
    private String line(TokenizeProgress progress) {
        String rate =
                String.format(Locale.ROOT, "%.1f MB/s  %,d tokens", progress.megabytesPerSecond(), progress.tokens());
        if (Double.isNaN(progress.share())) {
            return name + "  " + rate;
        }
        int filled = (int) (progress.share() * WIDTH);
        String bar = "=".repeat(filled) + (filled < WIDTH ? ">" + " ".repeat(WIDTH - filled - 1) : "");
        return String.format(
                Locale.ROOT, "%s [%s] %3.0f %%  %s%s", name, bar, 100 * progress.share(), rate, left(progress));
    }

    private static String left(TokenizeProgress progress) {
        if (Double.isNaN(progress.secondsLeft())) {
            return "";
        }
        long seconds = (long) Math.ceil(progress.secondsLeft());
        return seconds >= 3600
                ? String.format(Locale.ROOT, "  %d:%02d:%02d left", seconds / 3600, seconds / 60 % 60, seconds % 60)
                : String.format(Locale.ROOT, "  %d:%02d left", seconds / 60, seconds % 60);
    }

    private static boolean isTerminal() {
        Console console = System.console();
        return console != null && console.isTerminal();
    }
}
