package dev.calandra.trainer.parallel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.calandra.configs.PretrainConfig;
import dev.calandra.engine.collective.Communicator;
import dev.calandra.engine.collective.LocalCommunicator;
import dev.calandra.engine.recipe.HealthProbe;
import dev.calandra.trainer.model.GradientListener;
import dev.calandra.trainer.model.Parameter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GradientReductionTest {

    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(60);

    @TempDir
    private Path folder;

    /** Does not let a backward pass end before something was sent; with two replicas only gradients are, in a pass. */
    private static GradientListener endsAfterSending(Communicator world) {
        return new GradientListener() {
            private long before;

            @Override
            public void started() {
                before = world.traffic().bytes();
            }

            @Override
            public void ready(List<Parameter> parameters) {}

            @Override
            public void finished() {
                long start = System.nanoTime();
                while (world.traffic().bytes() == before && System.nanoTime() - start < PATIENCE) {
                    LockSupport.parkNanos(1_000_000);
                }
                assertThat(world.traffic().bytes()).isGreaterThan(before);
            }
        };
    }

    /** Experts of 800,000 weights a layer, so that a message is full when two layers are done and one is not. */
    @Test
    void gradientsTravelBeforeThePassIsOver() throws IOException {
        PretrainConfig wide = SmallTraining.config(
                folder, "model.hidden_size=128", "model.num_hidden_layers=4", "model.moe_intermediate_size=256");
        LocalCommunicator.run(
                2,
                world -> SmallTraining.on(
                        world,
                        wide,
                        training -> training.learner()
                                .backward(training.batch(0, 1), HealthProbe.NONE, endsAfterSending(world))));
    }
}
