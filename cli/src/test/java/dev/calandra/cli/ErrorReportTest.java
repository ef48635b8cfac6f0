package dev.calandra.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.calandra.configs.DataException;
import dev.calandra.configs.ExitCode;
import dev.calandra.engine.collective.MpiException;
import dev.calandra.engine.collective.MpiUnavailableException;
import dev.calandra.engine.collective.RankFailedException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;

class ErrorReportTest {

    private final StringWriter printed = new StringWriter();

    private ExitCode report(Throwable failure, boolean verbose) {
        return ErrorReport.print(failure, verbose, new PrintWriter(printed));
    }

    @Test
    void aFailureTheUserCanMendIsOneLineWithoutAStackTrace() {
        ExitCode exitCode = report(new DataException("shards/3.arrow: truncated; tokenize again"), false);

        assertThat(exitCode).isEqualTo(ExitCode.DATA);
        assertThat(printed.toString().lines()).containsExactly("calandra: shards/3.arrow: truncated; tokenize again");
    }

    @Test
    void verboseAddsTheStackTrace() {
        report(new DataException("truncated"), true);

        assertThat(printed.toString()).startsWith("calandra: truncated").contains("at dev.calandra.cli");
    }

    @Test
    void aMissingFileIsTheUsersToMendHoweverItSurfaces() {
        ExitCode exitCode = report(new UncheckedIOException(new NoSuchFileException("corpus.jsonl")), false);

        assertThat(exitCode).isEqualTo(ExitCode.DATA);
        assertThat(printed.toString().lines())
                .containsExactly("calandra: corpus.jsonl: no such file or folder; check the path.");
    }

    @Test
    void aFullDiskIsNotABug() {
        ExitCode exitCode = report(new UncheckedIOException(new IOException("No space left on device")), false);

        assertThat(exitCode).isEqualTo(ExitCode.DATA);
        assertThat(printed.toString().lines())
                .containsExactly("calandra: reading or writing failed: No space left on device");
    }

    @Test
    void whatAnotherTryMayMendHasAStatusOfItsOwn() {
        assertThat(report(new MpiException("MPI_Test failed: no route", null), false))
                .isEqualTo(ExitCode.RANKS);
        assertThat(report(new RankFailedException(3, "gave no sign of life for 30 s", null), false))
                .isEqualTo(ExitCode.RANKS);
        assertThat(report(new MpiUnavailableException("libmpi.so.40 cannot be loaded", null), false))
                .isEqualTo(ExitCode.USAGE);
        assertThat(printed.toString().lines())
                .containsExactly(
                        "calandra: MPI_Test failed: no route",
                        "calandra: rank 3 gave no sign of life for 30 s",
                        "calandra: libmpi.so.40 cannot be loaded");
    }

    @Test
    void anythingElseIsOurBugAndShowsWhere() {
        ExitCode exitCode = report(new IllegalStateException("impossible"), false);

        assertThat(exitCode).isEqualTo(ExitCode.INTERNAL);
        assertThat(printed.toString()).contains("impossible", "at dev.calandra.cli", "bug of Calandra's");
    }
}
