package dev.calandra.trainer.bench;

import dev.calandra.engine.profile.Profile;
import dev.calandra.engine.profile.Roofline;

/**
 * The speed of a config and where its time goes.
 *
 * @param result of steps that were not profiled
 * @param profile of further steps of this rank, each call of a kernel timed
 * @param roofline the limits of this rank's share of the machine, measured
 * @param trace those steps of all ranks, as a {@link ChromeTrace}
 */
public record ProfiledBenchmark(BenchmarkResult result, Profile profile, Roofline roofline, String trace) {}
