package io.switchboard.web.access;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.switchboard.web.access.AccessPolicy.Role;
import io.switchboard.web.access.AdminProperties.AdminFailure;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.security.authentication.AuthenticationManager;
import org.springframework.security.authentication.BadCredentialsException;
import org.springframework.security.core.Authentication;

/**
 * Authenticates by the configured tokens. It keeps and compares only SHA-256 digests: the time of a
 * comparison does not depend on how much of a guessed token is correct.
 */
final class Tokens implements AuthenticationManager {
    static final int SHORTEST = 16;

    private static final int LONGEST = 4 * 1024; // half of the limit of a request's headers
    private static final String NEW_ONE = "what 'openssl rand -hex 24' prints";

    /** Never updated: cloning it is cheaper than asking the security providers for a new one. */
    private static final MessageDigest SHA_256 = sha256();

    @SuppressWarnings("ArrayRecordComponent") // compared in constant time only
    private record Token(byte[] digest, Authentication authentication) {}

    private final List<Token> tokens = new ArrayList<>();

    /**
     * Reads the tokens from the settings or from the files that they name.
     *
     * @throws AdminFailure a token is malformed, or settings contradict each other
     */
    static Tokens of(AdminProperties properties) {
        String send = token("token", properties.token(), properties.tokenFile());
        String read = token("read-token", properties.readToken(), properties.readTokenFile());
        if (send == null && read != null) {
            throw failure("read-token is set and token is not: nobody could send", "token");
        }
        if (send != null && send.equals(read)) {
            throw failure("read-token is the same as token: it would let its holder send", "it");
        }
        Tokens tokens = new Tokens();
        tokens.add(send, Role.SEND);
        tokens.add(read, Role.READ);
        return tokens;
    }

    private void add(@Nullable String token, Role role) {
        if (token != null) {
            tokens.add(new Token(digest(token), role.authentication()));
        }
    }

    private static AdminFailure failure(String wrong, String what) {
        return new AdminFailure(
                AdminProperties.PREFIX + "." + wrong,
                "Set %s to %s, or remove read-token.".formatted(what, NEW_ONE));
    }

    private static @Nullable String token(
            String name, @Nullable String value, @Nullable Path file) {
        String key = AdminProperties.PREFIX + "." + name;
        if (value != null && file != null) {
            throw new AdminFailure(
                    key + " and " + key + "-file=" + file + " are both set", "Set one of the two.");
        }
        if (file != null) {
            return valid(key + "-file=" + file, content(key + "-file", file));
        }
        return value == null ? null : valid(key, value);
    }

    private static String content(String key, Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return new String(in.readNBytes(LONGEST + 2), ISO_8859_1).replaceFirst("\\R\\z", "");
        } catch (IOException e) {
            AdminFailure failure =
                    new AdminFailure(
                            key + "=" + file + ": the file cannot be read: " + e,
                            "Set " + key + " to a file with the token that this user may read.");
            failure.initCause(e);
            throw failure;
        }
    }

    private static String valid(String where, String token) {
        String wrong = null;
        if (token.length() < SHORTEST || token.length() > LONGEST) {
            wrong = token.length() + " characters: a token has " + SHORTEST + " to " + LONGEST;
        } else if (!token.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            wrong = "a space, or a character that is no visible ASCII: no header can carry that";
        }
        if (wrong != null) {
            throw new AdminFailure(
                    where + ": the token has " + wrong, "Set it to " + NEW_ONE + ".");
        }
        return token;
    }

    /** Returns whether any token is set. */
    boolean areSet() {
        return !tokens.isEmpty();
    }

    /** Returns whether the read token is set, which is the second one. */
    boolean haveReadToken() {
        return tokens.size() > 1;
    }

    /**
     * Returns the authentication of the token's role.
     *
     * @param presented an authentication whose credentials are the token
     * @throws BadCredentialsException the token is not configured
     */
    @Override
    public Authentication authenticate(Authentication presented) {
        byte[] digest = digest(String.valueOf(presented.getCredentials()));
        for (Token token : tokens) {
            if (MessageDigest.isEqual(digest, token.digest())) {
                return token.authentication();
            }
        }
        throw new BadCredentialsException("the token is not configured");
    }

    private static byte[] digest(String token) {
        byte[] text = token.getBytes(ISO_8859_1);
        try {
            return ((MessageDigest) SHA_256.clone()).digest(text);
        } catch (CloneNotSupportedException _) {
            return sha256().digest(text);
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java platform provides it
        }
    }
}
