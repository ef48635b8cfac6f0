package dev.calandra.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.calandra.engine.collective.LocalCommunicator;
import java.util.List;
import org.junit.jupiter.api.Test;

class RankedCommandTest {

    @Test
    void neighboursAreThoseOfTheSameHostWhoeverHasStartedThem() {
        List<String> hosts = List.of("a", "b", "a", "a.example", "b");
        assertThat(LocalCommunicator.run(
                        hosts.size(), world -> RankedCommand.neighbours(world, hosts.get(world.rank()))))
                .containsExactly(2, 2, 2, 1, 2);
    }
}
