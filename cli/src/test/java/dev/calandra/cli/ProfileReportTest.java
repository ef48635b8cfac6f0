package dev.calandra.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.calandra.engine.profile.KernelCall;
import dev.calandra.engine.profile.Profile;
import dev.calandra.engine.profile.Roofline;
import dev.calandra.engine.profile.Work;
import dev.calandra.trainer.bench.BenchmarkResult;
import dev.calandra.trainer.bench.ProductRates;
import dev.calandra.trainer.bench.ProfiledBenchmark;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class ProfileReportTest {

    @Test
    void theTableShowsRatesAndTheTimeBetweenKernels() {
        // 10 ms: 6 in a product of 240 MFLOP, 2 in a fill of 8 MB; the machine does 80 GFLOP/s and 16 GB/s.
        ProfiledBenchmark measured = new ProfiledBenchmark(
                new BenchmarkResult(
                        1000,
                        OptionalLong.empty(),
                        new ProductRates(80, 160),
                        0.5,
                        "cpu",
                        1,
                        "one rank",
                        List.of(),
                        Optional.empty()),
                new Profile(
                        List.of(new Profile.Step(0, 10_000_000)),
                        List.of(
                                new KernelCall("fill", new Work("f32[2000000]", 0, 8_000_000), 0, 2_000_000),
                                new KernelCall(
                                        "linear",
                                        new Work("f32[8x4] f32[2x4]", 240_000_000, 12_000_000),
                                        3_000_000,
                                        6_000_000))),
                new Roofline(80e9, 160e9, 16e9),
                "[]");
        StringWriter text = new StringWriter();

        new ProfileReport(measured).print(new PrintWriter(text));

        assertThat(text.toString().lines())
                .contains(
                        "Profile of 1 further steps of 10.0 ms, every kernel timed; a plain copy moves 16.0 GB/s",
                        "The products of a step alone, all at the machine's rates: 3.0 ms",
                        "KERNEL             CALLS  MS    SHARE   GFLOP/S  GB/S  ROOFLINE  OPERANDS",
                        "linear             1.0    6.00  60.0 %  40.0     2.0   50.0 %    f32[8x4] f32[2x4]",
                        "fill               1.0    2.00  20.0 %           4.0   25.0 %    f32[2000000]",
                        "(between kernels)         2.00  20.0 %");
    }
}
