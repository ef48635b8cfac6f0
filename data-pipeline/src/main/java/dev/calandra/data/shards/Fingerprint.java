package dev.calandra.data.shards;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 of a list of fields: equal exactly when the fields are equal, in order; a field cannot run into the next. */
public final class Fingerprint {
    private final MessageDigest digest = sha256();

    /** Adds a field. */
    public Fingerprint add(Object field) {
        byte[] bytes = field.toString().getBytes(StandardCharsets.UTF_8);
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
        digest.update(bytes);
        return this;
    }

    /** The digest of all fields so far, 64 hexadecimal digits; the fingerprint cannot be continued. */
    public String hex() {
        return HexFormat.of().formatHex(digest.digest());
    }

    /** SHA-256 of the bytes themselves, 64 hexadecimal digits. */
    public static String ofBytes(byte[] content) {
        return HexFormat.of().formatHex(sha256().digest(content));
    }

    /** The first 64 bits of the SHA-256 of a text's UTF-8: a stable identity of a document. */
    public static long first64(String text) {
        return ByteBuffer.wrap(sha256().digest(text.getBytes(StandardCharsets.UTF_8)))
                .getLong();
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
