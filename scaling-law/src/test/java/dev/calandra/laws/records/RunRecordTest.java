package dev.calandra.laws.records;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.configs.DataException;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RunRecordTest {
    private static final RunRecord RECORD = new RunRecord(
            "w64-lr3",
            RunStatus.FINISHED,
            null,
            7,
            1000,
            300,
            800,
            100,
            20_000,
            3.5e9,
            3.6e7,
            1e-3,
            4096,
            Map.of("optimizer.weight_decay", 0.1),
            4.25,
            null);

    @Test
    void aRecordIsOneLineAndComesBackEqual() {
        String line = RECORD.toJson();

        assertThat(line).doesNotContain("\n").startsWith("{\"name\":\"w64-lr3\",\"status\":\"finished\",\"seed\":7,");
        assertThat(line).contains("\"six_nd_flops\":", "\"scaling_law_flops\":").doesNotContain("validation_loss");
        assertThat(RunRecord.parse(line, "runs.jsonl:1")).isEqualTo(RECORD);
    }

    @Test
    void halfALineIsRefusedWithItsPlace() {
        String line = RECORD.toJson();
        assertThatThrownBy(() -> RunRecord.parse(line.substring(0, 60), "runs.jsonl:3"))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith("runs.jsonl:3: not a run record: ");
        assertThatThrownBy(() -> RunRecord.parse(line.replace("\"seed\":7", "\"seed\":null"), "runs.jsonl:4"))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith("runs.jsonl:4: not a run record: key seed: ");
        assertThatThrownBy(() -> RunRecord.parse(line.replace("\"seed\":7", "\"seed\":7,\"sead\":7"), "runs.jsonl:5"))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("sead");
    }
}
