package dev.calandra.engine.collective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** {@link MpiTestMain} under {@code mpirun}. */
final class MpiRun {

    private final Process mpirun;
    private final Path output;

    private MpiRun(Process mpirun, Path output) {
        this.mpirun = mpirun;
        this.output = output;
    }

    static MpiRun of(int ranks, String what) throws IOException {
        boolean installed = Stream.of(System.getenv("PATH").split(":"))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, "mpirun")));
        if (!installed) {
            System.err.println(
                    "*** SKIPPED: mpirun is missing, so no process of the collectives was tested; apt-get install -y openmpi-bin libopenmpi-dev ***");
        }
        assumeTrue(installed, "mpirun is missing");
        List<String> command = new ArrayList<>(List.of("mpirun", "--oversubscribe", "-n", Integer.toString(ranks)));
        command.add(ProcessHandle.current().info().command().orElseThrow());
        command.addAll(List.of(
                "--add-modules",
                "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                MpiTestMain.class.getName(),
                what));
        Path output = Files.createTempFile(Files.createDirectories(Path.of("target", "mpi")), what + "-", ".txt");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().put("OMPI_ALLOW_RUN_AS_ROOT", "1");
        builder.environment().put("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1");
        return new MpiRun(builder.start(), output);
    }

    /** The process of a rank, as soon as it has said so. */
    long pidOf(int rank) throws IOException, InterruptedException {
        String prefix = "pid " + rank + " ";
        while (true) {
            Optional<String> line =
                    output().lines().filter(l -> l.startsWith(prefix)).findFirst();
            if (line.isPresent()) {
                return Long.parseLong(line.get().substring(prefix.length()).strip());
            }
            assertThat(mpirun.isAlive()).as(this::output).isTrue();
            Thread.sleep(50);
        }
    }

    /** @return the exit status */
    int await() throws InterruptedException {
        assertThat(mpirun.waitFor(60, TimeUnit.SECONDS)).as(this::output).isTrue();
        return mpirun.exitValue();
    }

    String output() {
        try {
            return Files.readString(output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
