package dev.calandra.checkpoints;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.configs.CheckpointException;
import dev.calandra.storage.FileName;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ManifestFormatTest {
    private static final String GOOD = """
            {"format_version":1,"step":3,"save_id":"x","world_size":1,\
            "shards":[{"name":"s.safetensors","length":20,"crc32c":"0000ffff"}],\
            "tensors":[{"name":"t","dtype":"F32","shape":[4],"pieces":[{"shard":"s.safetensors","offset":[0],"shape":[4]}]}],\
            "state":{"a":1}}""";

    /** A manifest whose checksum is right, whatever it says. */
    private static Manifest parse(String object) {
        byte[] body = object.substring(0, object.length() - 1).getBytes(StandardCharsets.UTF_8);
        CRC32C crc = new CRC32C();
        crc.update(body);
        String trailer = String.format(",\"crc32c\":\"%08x\"}\n", crc.getValue());
        byte[] bytes = Arrays.copyOf(body, body.length + trailer.length());
        System.arraycopy(trailer.getBytes(StandardCharsets.US_ASCII), 0, bytes, body.length, trailer.length());
        return ManifestFormat.parse(bytes, "run/manifest.json");
    }

    private static Manifest manifest(Map<String, Object> state) {
        FileName a = new FileName("a.safetensors");
        FileName b = new FileName("b.safetensors");
        return new Manifest(
                5,
                17,
                "id",
                2,
                List.of(new Shard(a, 1L << 40, -1), new Shard(b, 0, 15)),
                List.of(
                        new LogicalTensor(
                                new TensorInfo("split", DType.BF16, List.of(4L, 6L)),
                                List.of(
                                        new TensorPiece(a, List.of(0L, 0L), List.of(4L, 2L)),
                                        new TensorPiece(b, List.of(0L, 2L), List.of(4L, 4L)))),
                        new LogicalTensor(
                                new TensorInfo("\"é\n", DType.I64, List.of()),
                                List.of(new TensorPiece(a, List.of(), List.of())))),
                state);
    }

    @Test
    void comesBackAsItWas() {
        Map<String, Object> state = new LinkedHashMap<>();
        state.put("z", Long.MIN_VALUE);
        state.put("tiny", -Double.MIN_VALUE);
        state.put("largest", -Double.MAX_VALUE);
        state.put("zero", -0.0);
        state.put("third", 1.0 / 3);
        state.put("config", "model:\n  hidden_size: 256\n# é 😀\n");
        state.put("list", List.of(1L, 2.0, "3", true, Map.of("k", List.of())));

        Manifest back = ManifestFormat.parse(ManifestFormat.toBytes(manifest(state)), "m");

        assertThat(back).isEqualTo(manifest(state));
        assertThat(back.state().keySet()).containsExactlyElementsOf(state.keySet());
    }

    @Test
    void theFrameOfTheTableIsItselfGood() {
        assertThat(parse(GOOD).shards()).containsExactly(new Shard(new FileName("s.safetensors"), 20, 0xffff));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"name\":\"s.safetensors\" | \"name\":\"../s.safetensors\" | is not a file name",
                "\"name\":\"s.safetensors\" | \"name\":\"/etc/passwd\"      | is not a file name",
                "\"name\":\"s.safetensors\" | \"name\":\"hdfs:x\"           | is not a file name",
                "\"name\":\"s.safetensors\" | \"name\":\"..\"               | is not a file name",
                "\"name\":\"s.safetensors\" | \"name\":\"C:s\"              | is not a file name",
                "\"name\":\"s.safetensors\" | \"name\":\"a\\u0000\"       | is not a file name",
                "\"name\":\"s.safetensors\" | \"name\":\"a\\\\b\"         | is not a file name",
                "\"name\":\"s.safetensors\" | \"name\":\"\"                 | is not a file name",
                "\"name\":\"s.safetensors\" | \"name\":\".snapshot\"        | is not a file name",
                "\"name\":\"s.safetensors\" | \"name\":\".reserved\"        | is not a file name",
                "\"shard\":\"s.safetensors\" | \"shard\":\"../s\"           | is not a file name",
                "\"name\":\"s.safetensors\" | \"name\":\"manifest.json\"    | is the manifest",
                "\"shard\":\"s.safetensors\" | \"shard\":\"x\"              | not listed",
                "\"length\":20     | \"length\":-1        | length -1",
                "\"length\":20     | \"length\":2.5       | an integer is missing",
                "\"length\":20     | \"length\":99999999999999999999 | out of range",
                "\"0000ffff\"      | \"xyz\"              | xyz",
                "\"step\":3,       | ``                   | an integer is missing",
                "\"step\":3        | \"step\":3,\"step\":4 | Duplicate",
                "\"F32\"           | \"F31\"              | unknown dtype 'F31'",
                "\"shape\":[4],\"pieces\" | \"shape\":[5],\"pieces\" | 4 of its 5",
                "\"offset\":[0]    | \"offset\":[1]       | does not lie within",
                "\"offset\":[0]    | \"offset\":[0,0]     | does not lie within",
                "\"world_size\":1  | \"world_size\":0     | world_size is 0",
                "\"world_size\":1  | \"world_size\":4294967296 | overflow",
                "{\"a\":1}         | []                   | 'state' is not an object"
            })
    void contradictionsAreDamage(String text, String replacement, String because) {
        assertThat(GOOD).contains(text);
        assertThatThrownBy(() -> parse(GOOD.replace(text, replacement == null ? "" : replacement)))
                .isInstanceOf(CorruptCheckpointException.class)
                .hasMessageStartingWith("run/manifest.json: ")
                .hasMessageContaining(because);
    }

    @Test
    void aFormatFromTheFutureIsNotDamage() {
        assertThatThrownBy(() -> parse(GOOD.replace("\"format_version\":1", "\"format_version\":2")))
                .isInstanceOf(CheckpointException.class)
                .isNotInstanceOf(CorruptCheckpointException.class)
                .hasMessageContaining("format_version 2");
    }

    @Test
    void deepNestingIsRefused() {
        String deep = "[".repeat(1000) + "]".repeat(1000);
        assertThatThrownBy(() -> parse(GOOD.replace("{\"a\":1}", "{\"a\":" + deep + "}")))
                .isInstanceOf(CorruptCheckpointException.class);
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY})
    void stateThatJsonCannotHoldIsRefusedAtTheSave(double value) {
        assertThatThrownBy(() -> StateValues.normalised(Map.of("a", Map.of("b", List.of(1, value)))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("state.a.b[1]");
    }

    @Test
    void stateIsBroughtIntoTheFormInWhichItIsReadBack() {
        assertThat(StateValues.normalised(Map.of("i", 1, "f", 0.1f))).isEqualTo(Map.of("i", 1L, "f", (double) 0.1f));
        assertThatThrownBy(() -> StateValues.normalised(Map.of("x", new Object())))
                .hasMessageContaining("state.x");
    }
}
