package io.switchboard.web.access;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The tokens that are set, as SHA-256 digests: comparing digests takes as long for any two texts,
 * so that time says nothing of how much of a guess is right.
 */
final class Tokens {
    static final int SHORTEST = 16;

    private static final int LONGEST = 4 * 1024; // half of all that a request's header may have
    private static final String NEW_ONE = "what 'openssl rand -hex 24' prints";

    /** Never fed: each digest is made by a copy of it, which spares asking the providers. */
    private static final MessageDigest SHA_256 = sha256();

    private final byte @Nullable [] send;
    private final byte @Nullable [] read;

    private Tokens(byte @Nullable [] send, byte @Nullable [] read) {
        this.send = send;
        this.read = read;
    }

    /**
     * Reads what is set, from its file where it is in one.
     *
     * @throws AdminFailure a token that is none, or settings that contradict each other
     */
    static Tokens of(AdminProperties properties) {
        byte[] send = digest("token", properties.token(), properties.tokenFile());
        byte[] read = digest("read-token", properties.readToken(), properties.readTokenFile());
        if (send == null && read != null) {
            throw failure("read-token is set and token is not: nobody could send", "token");
        }
        if (send != null && Arrays.equals(send, read)) {
            throw failure("read-token is the same as token: it would let its holder send", "it");
        }
        return new Tokens(send, read);
    }

    private static AdminFailure failure(String wrong, String what) {
        return new AdminFailure(
                AdminProperties.PREFIX + "." + wrong,
                "Set " + what + " to " + NEW_ONE + ", or remove read-token.",
                null);
    }

    private static byte @Nullable [] digest(
            String name, @Nullable String value, @Nullable Path file) {
        String key = AdminProperties.PREFIX + "." + name;
        if (value != null && file != null) {
            throw new AdminFailure(
                    key + " and " + key + "-file=" + file + " are both set",
                    "Set one of the two.",
                    null);
        }
        if (file != null) {
            return digest(key + "-file=" + file, content(key + "-file", file));
        }
        return value == null ? null : digest(key, value);
    }

    private static String content(String key, Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return new String(in.readNBytes(LONGEST + 2), ISO_8859_1).replaceFirst("\\R\\z", "");
        } catch (IOException e) {
            throw new AdminFailure(
                    key + "=" + file + ": the file cannot be read: " + e,
                    "Set " + key + " to a file with the token that this user may read.",
                    e);
        }
    }

    private static byte[] digest(String where, String token) {
        String wrong = null;
        if (token.length() < SHORTEST || token.length() > LONGEST) {
            wrong = token.length() + " characters: a token has " + SHORTEST + " to " + LONGEST;
        } else if (!token.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            wrong = "a space, or a character that is no visible ASCII: no header can carry that";
        }
        if (wrong != null) {
            throw new AdminFailure(
                    where + ": the token has " + wrong, "Set it to " + NEW_ONE + ".", null);
        }
        byte[] bytes = token.getBytes(ISO_8859_1);
        return digest(bytes, 0);
    }

    boolean areSet() {
        return send != null;
    }

    boolean hasReadToken() {
        return read != null;
    }

    /**
     * The role of who presents this; null where it is no token.
     *
     * @param from where the token begins in the text
     */
    @Nullable Role role(String text, int from) {
        byte[] presented = digest(text.getBytes(ISO_8859_1), from);
        if (MessageDigest.isEqual(presented, send)) {
            return Role.SEND;
        }
        return read != null && MessageDigest.isEqual(presented, read) ? Role.READ : null;
    }

    private static byte[] digest(byte[] text, int from) {
        MessageDigest copy;
        try {
            copy = (MessageDigest) SHA_256.clone();
        } catch (CloneNotSupportedException e) {
            copy = sha256();
        }
        copy.update(text, from, text.length - from);
        return copy.digest();
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java has it
        }
    }
}
