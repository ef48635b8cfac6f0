package dev.calandra.trainer.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.calandra.configs.CheckpointException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TrainingStateTest {

    private static final TrainingState STATE = new TrainingState(
            120,
            117,
            (1L << 40) + 952,
            3,
            1,
            2,
            List.of(new DeferredBatch(1L << 35, 130), new DeferredBatch(8, 131)),
            List.of(0.1 + 0.2, 3.0, Double.MIN_VALUE),
            List.of(1e300, 7.0));

    @Test
    void survivesJsonBitForBit() throws JsonProcessingException {
        ObjectMapper json = new ObjectMapper();
        Map<String, Object> read = json.readValue(json.writeValueAsString(STATE.toMap()), new TypeReference<>() {});
        assertThat(TrainingState.fromMap(read)).isEqualTo(STATE);
        assertThat(TrainingState.fromMap(TrainingState.START.toMap())).isEqualTo(TrainingState.START);
    }

    @Test
    void namesWhatIsMissingOrWrong() {
        for (String key : STATE.toMap().keySet()) {
            Map<String, Object> damaged = new HashMap<>(STATE.toMap());
            damaged.remove(key);
            assertThatThrownBy(() -> TrainingState.fromMap(damaged))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("training." + key);
            damaged.put(key, List.of("x"));
            assertThatThrownBy(() -> TrainingState.fromMap(damaged))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("training." + key);
        }
    }
}
