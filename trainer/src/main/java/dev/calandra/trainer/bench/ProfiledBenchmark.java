package dev.calandra.trainer.bench;

import dev.calandra.engine.profile.Profile;
import dev.calandra.engine.profile.Roofline;

/**
 * The speed of a config and where its time goes.
 *
 * @param result of steps that were not profiled
 * @param profile of further steps, each call of a kernel timed
 * @param roofline the machine's limits, measured
 */
public record ProfiledBenchmark(BenchmarkResult result, Profile profile, Roofline roofline) {}
