package dev.calandra.engine.fp8;

import static org.assertj.core.api.Assertions.assertThat;

import dev.calandra.engine.support.GoldenFile;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class Fp8FormatTest {

    private static final int BF16_PATTERNS = 1 << 16;
    private static final int FIRST_NAN_BITS = 0x7F80_0001;

    private final GoldenFile golden = GoldenFile.fp8();

    @ParameterizedTest
    @CsvSource({"E4M3, cast.e4m3", "E5M2, cast.e5m2"})
    void encodesEveryGoldenValueToTheSameByte(Fp8Format format, String name) {
        float[] input = golden.floats("cast.input");
        byte[] codes = new byte[input.length];
        for (int i = 0; i < input.length; i++) {
            codes[i] = format.encode(input[i]);
        }
        assertThat(codes).isEqualTo(golden.codes(name));
    }

    @ParameterizedTest
    @CsvSource({"E4M3, table.e4m3", "E5M2, table.e5m2"})
    void decodesEveryCode(Fp8Format format, String name) {
        float[] table = golden.floats(name);
        for (int code = 0; code < table.length; code++) {
            float decoded = format.decode((byte) code);
            if (Float.isNaN(table[code])) {
                assertThat(decoded).as("code 0x%02X", code).isNaN();
            } else {
                // Bits, so that the sign of zero counts.
                assertThat(Float.floatToRawIntBits(decoded))
                        .as("code 0x%02X", code)
                        .isEqualTo(Float.floatToRawIntBits(table[code]));
            }
        }
    }

    /** SHA-256 of the codes of all 65,536 floats whose lower half is zero, agreed on by PyTorch and CUDA. */
    @ParameterizedTest
    @CsvSource({
        "E4M3, 556222ae80c3498b4da64795f283e77962f1045e2525faaededd4e0a5b1ae212",
        "E5M2, bd44828554535a84e590b2edbcf4fd86827bbc30b47efd62e4db3bc7c955dad5"
    })
    void saturatingCodesHaveThePublishedHash(Fp8Format format, String hash) {
        assertThat(hashOfAllPatterns(format::encode)).isEqualTo(hash);
    }

    @ParameterizedTest
    @CsvSource({
        "E4M3, ecbb201b2182a3e8e84f521d57c51ff379e8e5ec61141119005be7d672db0d98",
        "E5M2, 875dd70a7c02e2f8dd7ba693a8764c02ec0242f5849d693f3e8e48f9f21d9ff7"
    })
    void roundingWithoutSaturationHasThePublishedHash(Fp8Format format, String hash) {
        assertThat(hashOfAllPatterns(x -> encodeUnsaturated(format, x))).isEqualTo(hash);
    }

    /** The cast without saturation, which production has no use for: the same rounding, another end of the range. */
    private static byte encodeUnsaturated(Fp8Format format, float x) {
        int bits = Float.floatToRawIntBits(x);
        int sign = (bits >>> 24) & 0x80;
        int magnitude = bits & 0x7FFF_FFFF;
        boolean hasInfinity = format == Fp8Format.E5M2;
        // The first value beyond every finite code and its rounding: 480 and 65536.
        float beyond = hasInfinity ? 65536f : 480f;
        if (magnitude >= FIRST_NAN_BITS) {
            return (byte) (sign | 0x7F);
        }
        if (Float.intBitsToFloat(magnitude) >= beyond) {
            return (byte) (sign | (hasInfinity ? 0x7C : 0x7F));
        }
        return (byte) (sign | format.encodeMagnitude(Float.intBitsToFloat(magnitude)));
    }

    private static String hashOfAllPatterns(Encoder encoder) {
        byte[] codes = new byte[BF16_PATTERNS];
        for (int i = 0; i < codes.length; i++) {
            codes[i] = encoder.encode(Float.intBitsToFloat(i << 16));
        }
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(codes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private interface Encoder {
        byte encode(float x);
    }

    @ParameterizedTest
    @EnumSource(Fp8Format.class)
    void everyFiniteCodeSurvivesDecodingAndEncoding(Fp8Format format) {
        IntStream.range(0, 256)
                .filter(code -> Float.isFinite(format.decode((byte) code)))
                .forEach(code -> assertThat(format.encode(format.decode((byte) code)))
                        .as("code 0x%02X", code)
                        .isEqualTo((byte) code));
    }

    @ParameterizedTest
    @CsvSource({
        // largest finite, beyond it, infinities
        "E4M3, 448, 7E",
        "E4M3, 1e30, 7E",
        "E4M3, -Infinity, FE",
        "E4M3, 464, 7E",
        "E4M3, 465, 7E",
        "E5M2, 57344, 7B",
        "E5M2, 61440, 7B",
        "E5M2, Infinity, 7B",
        "E5M2, -3e38, FB",
        // smallest subnormal; ties at half of it go to zero, whose sign stays
        "E4M3, 0.001953125, 01",
        "E4M3, 0.0009765625, 00",
        "E4M3, -0.0009765625, 80",
        "E4M3, 0.0009765626, 01",
        "E5M2, 0.0000152587890625, 01",
        "E5M2, 0.00000762939453125, 00",
        "E5M2, -0.0, 80",
        "E4M3, 0.0, 00",
        "E4M3, -0.0, 80",
        "E4M3, 1e-45, 00",
        "E4M3, NaN, 7F",
        "E5M2, NaN, 7F",
        // the seam between subnormal and normal: 7.5 eighths of the smallest normal ties up to it
        "E4M3, 0.0146484375, 08",
        "E4M3, 0.015625, 08",
        "E5M2, 0.00006103515625, 04"
    })
    void endsOfTheRange(Fp8Format format, float value, String code) {
        assertThat("%02X".formatted(format.encode(value))).isEqualTo(code);
    }

    @Test
    void multiplierIsAPowerOfTwoThatKeepsTheTileInRange() {
        assertThat(Fp8Format.E4M3.quantiseMultiplier(448f)).isEqualTo(1f);
        assertThat(Fp8Format.E4M3.quantiseMultiplier(449f)).isEqualTo(0.5f);
        assertThat(Fp8Format.E4M3.quantiseMultiplier(1f)).isEqualTo(256f);
        assertThat(Fp8Format.E5M2.quantiseMultiplier(1f)).isEqualTo(32768f);
        assertThat(Fp8Format.E4M3.exactMultiplier(1f)).isEqualTo(448f);
    }

    @ParameterizedTest
    @CsvSource({"0", "Infinity", "NaN"})
    void tilesWithoutAUsableMagnitudeAreNotScaled(float amax) {
        assertThat(Fp8Format.E4M3.quantiseMultiplier(amax)).isEqualTo(1f);
        assertThat(Fp8Format.E4M3.exactMultiplier(amax)).isEqualTo(1f);
    }

    @Test
    void multiplierOfTinyTilesStaysFinite() {
        float multiplier = Fp8Format.E4M3.quantiseMultiplier(Float.MIN_VALUE);
        assertThat(multiplier).isEqualTo(0x1p127f);
        assertThat(Fp8Format.E4M3.exactMultiplier(Float.MIN_VALUE)).isEqualTo(Float.MAX_VALUE);
        assertThat(Fp8Format.dequantiseScale(multiplier)).isEqualTo(0x1p-127f);
    }
}
