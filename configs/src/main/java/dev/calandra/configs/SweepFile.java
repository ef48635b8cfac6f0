package dev.calandra.configs;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A file that describes many runs: a base config, and the keys that differ.
 *
 * @param file as the user named it
 * @param directory where the runs and their records go; relative to the working directory
 * @param threadsPerRun threads that each run works with; changes no bit of it
 * @param earlyStop when runs are given up; never where empty
 * @param points in the order in which they are to run
 */
public record SweepFile(
        Path file, String directory, int threadsPerRun, Optional<EarlyStopConfig> earlyStop, List<SweepPoint> points) {
    public SweepFile {
        points = List.copyOf(points);
    }

    /**
     * Reads and expands a sweep file. What it says about config keys is checked when its points are loaded.
     *
     * @throws ConfigException carrying every problem of the file's own structure
     */
    public static SweepFile read(Path file) {
        return new SweepReader(file).read();
    }
}
