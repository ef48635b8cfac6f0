package dev.calandra.checkpoints;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Headers that a broken or hostile writer could make; each must be refused with the file's name and no large allocation. */
class MalformedSafetensorsTest {
    private static final String F32 = "{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}";

    @TempDir
    Path folder;

    private Path file(long headerLength, byte[] rest) throws IOException {
        Path path = folder.resolve("bad.safetensors");
        ByteBuffer length =
                ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(headerLength);
        byte[] bytes = new byte[8 + rest.length];
        System.arraycopy(length.array(), 0, bytes, 0, 8);
        System.arraycopy(rest, 0, bytes, 8, rest.length);
        return Files.write(path, bytes);
    }

    private Path file(String header, int dataBytes) throws IOException {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        return file(json.length, java.util.Arrays.copyOf(json, json.length + dataBytes));
    }

    private static void assertRefused(Path file, String because) {
        assertThatThrownBy(() -> SafetensorsFile.open(file).close())
                .isInstanceOf(CorruptCheckpointException.class)
                .hasMessageContaining("bad.safetensors")
                .hasMessageContaining(because)
                .hasMessageContaining("restore it")
                .hasMessageNotContaining("\n");
    }

    @Test
    void theFrameOfTheTableIsItselfWellFormed() throws IOException {
        try (SafetensorsFile file = SafetensorsFile.open(file("{\"a\":" + F32 + "}  ", 4))) {
            assertThat(file.readFloats("a")).containsExactly(0f);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[]                                                                    | 0 | begin with",
                "{                                                                     | 0 | not valid JSON",
                "{}x                                                                   | 0 | not valid JSON",
                "{}{}                                                                  | 0 | followed by more",
                "{\"a\":1}                                                             | 0 | is not an object",
                "{\"a\":{}}                                                            | 0 | lacks dtype",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}                             | 4 | lacks dtype",
                "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}                    | 4 | lacks dtype",
                "{\"a\":{\"dtype\":\"F33\",\"shape\":[1],\"data_offsets\":[0,4]}}      | 4 | unknown dtype 'F33'",
                "{\"a\":{\"dtype\":32,\"shape\":[1],\"data_offsets\":[0,4]}}           | 4 | not a string",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":1,\"data_offsets\":[0,4]}}        | 4 | not an array",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}     | 4 | natural number",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[-0],\"data_offsets\":[0,0]}}     | 0 | natural number",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1.0],\"data_offsets\":[0,4]}}    | 4 | natural number",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[\"1\"],\"data_offsets\":[0,4]}}  | 4 | natural number",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[null],\"data_offsets\":[0,4]}}   | 4 | natural number",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[NaN],\"data_offsets\":[0,4]}}    | 4 | not valid JSON",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[01],\"data_offsets\":[0,4]}}     | 4 | not valid JSON",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}        | 4 | 1 data_offsets",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,8]}}    | 4 | 3 data_offsets",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}      | 4 | needs 4 bytes",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[-4,0]}}     | 4 | natural number",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}      | 4 | needs 8 bytes",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}      | 8 | leaves a hole",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}      | 5 | need 4 bytes",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}      | 3 | need 4 bytes",
                "{}                                                                    | 1 | need 0 bytes",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"x\":1}} | 4 | unknown field 'x'",
                "{\"__metadata__\":[]}                                                 | 0 | is not an object",
                "{\"__metadata__\":{\"a\":1}}                                          | 0 | not a string",
                "{\"__metadata__\":{\"a\":{\"b\":\"c\"}}}                              | 0 | not a string"
            })
    void wrongStructure(String header, int dataBytes, String because) throws IOException {
        assertRefused(file(header, dataBytes), because);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[4611686018427387904,4]",
                "[9223372036854775807]",
                "[4611686018427387904,4,0]",
                "[9223372036854775808]",
                "[99999999999999999999999999]"
            })
    void sizesThatOverflow(String shape) throws IOException {
        assertRefused(file("{\"a\":{\"dtype\":\"F32\",\"shape\":" + shape + ",\"data_offsets\":[0,0]}}", 0), "");
    }

    @Test
    void offsetsBeyond63Bits() throws IOException {
        assertRefused(
                file(
                        "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[18446744073709551612,18446744073709551616]}}",
                        4),
                "not valid JSON");
        assertRefused(
                file(
                        "{\"a\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[9223372036854775807,9223372036854775807]}}",
                        0),
                "leaves a hole");
    }

    @Test
    void overlaps() throws IOException {
        assertRefused(file("{\"a\":" + F32 + ",\"b\":" + F32 + "}", 4), "overlaps");
        String second = F32.replace("[0,4]", "[2,6]");
        assertRefused(file("{\"a\":" + F32 + ",\"b\":" + second + "}", 6), "overlaps");
    }

    @Test
    void duplicateKeysAtEveryLevel() throws IOException {
        assertRefused(file("{\"a\":" + F32 + ",\"a\":" + F32 + "}", 4), "Duplicate");
        assertRefused(file("{\"a\":" + F32.replace("{", "{\"dtype\":\"U8\",") + "}", 4), "Duplicate");
        assertRefused(file("{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}", 0), "Duplicate");
        assertRefused(file("{\"__metadata__\":{},\"__metadata__\":{}}", 0), "Duplicate");
        assertRefused(file("{\"a\":" + F32 + ",\"\\u0061\":" + F32 + "}", 4), "Duplicate");
    }

    @Test
    void lengthsThatLie() throws IOException {
        assertRefused(file(100_000_001L, new byte[16]), "100000001");
        assertRefused(file(Long.MAX_VALUE, new byte[16]), "9223372036854775807");
        assertRefused(file(-1L, new byte[16]), "18446744073709551615");
        assertRefused(file(99_999_999L, new byte[16]), "the file has 24");
        assertRefused(file(0, new byte[0]), "begin with");
        assertRefused(file(" {}", 0), "begin with");
        for (int length = 0; length < 8; length++) {
            assertRefused(Files.write(folder.resolve("bad.safetensors"), new byte[length]), "too few");
        }
    }

    @Test
    void textThatIsNotUtf8() throws IOException {
        for (byte[] bad :
                new byte[][] {{(byte) 0xff}, {(byte) 0xc0, (byte) 0x80}, {(byte) 0xed, (byte) 0xa0, (byte) 0x80}}) {
            byte[] json = ("{\"" + new String(bad, StandardCharsets.ISO_8859_1) + "\":" + F32 + "}")
                    .getBytes(StandardCharsets.ISO_8859_1);
            assertRefused(file(json.length, java.util.Arrays.copyOf(json, json.length + 4)), "not UTF-8");
        }
        assertRefused(file("{\"\\ud800\":" + F32 + "}", 4), "name cannot be stored");
        assertRefused(file("{\"__metadata__\":{\"\\ud800\":\"a\"}}", 0), "half a surrogate pair");
        assertRefused(file("{\"__metadata__\":{\"a\":\"\\udc00\"}}", 0), "half a surrogate pair");
    }

    @Test
    void deepNesting() throws IOException {
        assertRefused(file("{\"a\":".repeat(100_000), 0), "");
        assertRefused(file("{\"a\":{\"shape\":" + "[".repeat(1_000_000), 0), "");
    }

    /** Many small tensors, the most that a header of some size can make a reader keep. */
    @Test
    void aLongHeaderTakesTimeAndMemoryInProportion() throws IOException {
        StringBuilder header = new StringBuilder("{");
        for (int i = 0; i < 60_000; i++) {
            header.append(i == 0 ? "" : ",")
                    .append("\"t")
                    .append(i)
                    .append("\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}");
        }
        byte[] bytes = Files.readAllBytes(file(header.append('}').toString(), 0));
        assertThat(bytes.length).isGreaterThan(3_000_000);
        ParserTrial trial = new ParserTrial();
        ParserTrial.Parsing parsing =
                () -> SafetensorsFile.open("long", new ParserTrial.Bytes(bytes)).close();
        trial.accepts(bytes.length, parsing);
        trial.accepts(bytes.length, parsing);
        // Of the processor, not of the clock: the machine may be busy.
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long start = threads.getCurrentThreadCpuTime();
        assertThat(trial.accepts(bytes.length, parsing)).isTrue();
        assertThat(Duration.ofNanos(threads.getCurrentThreadCpuTime() - start)).isLessThan(Duration.ofSeconds(1));
    }

    @Test
    void tooManyDimensions() throws IOException {
        String shape = "1" + ",1".repeat(1_000_000);
        assertRefused(
                file("{\"a\":{\"dtype\":\"U8\",\"shape\":[" + shape + "],\"data_offsets\":[0,1]}}", 1),
                "1000001 dimensions");
    }

    @Test
    void namesCannotForgeLogLines() throws IOException {
        assertRefused(
                file("{\"a\\nERROR forged\":{\"dtype\":\"X\\r\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4), "\\u000a");
    }

    @Test
    void mutatedFilesAreReadOrRefusedButNeverCrash() throws IOException {
        long seed = 20_250_101;
        Random random = new Random(seed);
        byte[] header = ("{\"__metadata__\":{\"k\":\"v\"},\"a\":" + F32 + ",\"b\":" + F32.replace("[0,4]", "[4,8]")
                        + "}")
                .getBytes(StandardCharsets.UTF_8);
        int read = 0;
        for (int i = 0; i < 3000; i++) {
            byte[] bytes = java.util.Arrays.copyOf(header, header.length + 8);
            for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
                bytes[random.nextInt(bytes.length)] = (byte) "{}[]\",:0149-aeF.".charAt(random.nextInt(16));
            }
            try (SafetensorsFile file = SafetensorsFile.open(file(header.length, bytes))) {
                file.tensors().forEach(tensor -> file.read(tensor.name()));
                read++;
            } catch (CorruptCheckpointException e) {
                assertThat(e.file()).as("seed %d, case %d", seed, i).endsWith("bad.safetensors");
            }
        }
        assertThat(read).as("cases that stayed readable, seed %d", seed).isBetween(1, 2999);
    }
}
