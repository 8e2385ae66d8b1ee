package io.switchboard.cluster;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Spells what nodes ask and answer as bytes, and reads it. */
public final class InMemory {
    private static final int USUAL_SIZE = 256;

    private InMemory() {}

    /** Writes something. */
    public interface Writing {
        void to(DataOutputStream out) throws IOException;
    }

    /** Reads something. */
    public interface Reading<T> {
        T from(DataInputStream in) throws IOException;
    }

    /** What is written, as bytes. */
    public static byte[] written(Writing writing) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(USUAL_SIZE);
        try {
            writing.to(new DataOutputStream(bytes));
        } catch (IOException e) {
            throw new UncheckedIOException("memory takes all", e);
        }
        return bytes.toByteArray();
    }

    /**
     * What is read from these bytes.
     *
     * @throws UncheckedIOException they end too early, or say what cannot be
     */
    public static <T> T read(byte[] bytes, Reading<T> reading) {
        try {
            return reading.from(new DataInputStream(new ByteArrayInputStream(bytes)));
        } catch (IOException e) {
            throw new UncheckedIOException("another node spells it another way", e);
        }
    }
}
