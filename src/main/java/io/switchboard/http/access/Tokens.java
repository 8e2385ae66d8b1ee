package io.switchboard.http.access;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.switchboard.http.access.AdminProperties.AdminFailure;
import io.switchboard.http.access.AdminProperties.NamedToken;
import io.switchboard.net.SecretFile;
import io.switchboard.peer.Names;
import io.switchboard.peer.Reach;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.security.core.Authentication;

/**
 * The configured tokens. It keeps and compares only SHA-256 digests: the time of a comparison does
 * not depend on how much of a guessed token is correct.
 *
 * <p>Files are read again by the first request of each second, because a mounted secret may change
 * in any way: in place, by a rename, or by a symbolic link to another directory. If a file cannot
 * be read or its content is not valid, its last token stays valid, and one warning says so. {@code
 * reading} guards {@code faults} and the change of {@code tokens}; a request that does not get it
 * goes on with the tokens as they are.
 */
final class Tokens {
    static final int MIN_LENGTH = 16;

    private static final Logger log = LoggerFactory.getLogger(Tokens.class);
    private static final int MAX_LENGTH = 4 * 1024; // half of the limit of a request's headers
    private static final String NEW_TOKEN = "what 'openssl rand -hex 24' prints";
    private static final String NAME = "[A-Za-z0-9_-]{1,64}";
    private static final long INTERVAL = Duration.ofSeconds(1).toNanos();

    /** Never updated: cloning it is cheaper than asking the security providers for a new one. */
    private static final MessageDigest SHA_256 = sha256();

    /**
     * Where a token comes from, and whose it is.
     *
     * @param key the key that has the token or names its file
     * @param file null if the configuration has the token itself
     * @param lastUsed when a request had the token, in milliseconds since the epoch, to the second;
     *     0 if none had
     */
    private record Source(
            String key,
            @Nullable SecretFile file,
            Client client,
            Authentication authentication,
            AtomicLong lastUsed) {
        /** Records that a request has the token. Writes once a second at most. */
        void used() {
            long now = System.currentTimeMillis();
            if (now - lastUsed.get() >= 1000) {
                lastUsed.set(now);
            }
        }

        /** Returns the key, with its value if that is no secret. */
        String text() {
            return file == null ? key : key + "=" + file.path();
        }
    }

    @SuppressWarnings("ArrayRecordComponent") // compared in constant time only
    private record Token(Source source, byte[] digest) {
        boolean equalTo(Token other) {
            return MessageDigest.isEqual(digest, other.digest);
        }

        boolean readsAll() {
            Client client = source.client();
            return client.roles().contains(Role.READ) && client.reach().includesAll();
        }
    }

    private final LongSupplier nanoTime;
    private final boolean haveFiles;
    private final ReentrantLock reading = new ReentrantLock();
    private final Map<String, String> faults = new HashMap<>();

    /** By the first bytes of the digest, which say nothing about the token. */
    private volatile Map<Long, Token> tokens;

    private volatile long nextRead;

    private Tokens(List<Token> tokens, LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.tokens = index(tokens);
        this.haveFiles = tokens.stream().anyMatch(each -> each.source().file() != null);
        this.nextRead = nanoTime.getAsLong() + INTERVAL;
    }

    /**
     * Reads the tokens from the settings or from the files that they name.
     *
     * @throws AdminFailure if a token is malformed, or settings contradict each other
     */
    static Tokens of(AdminProperties properties) {
        return of(properties, System::nanoTime);
    }

    /** {@code nanoTime} decides when files are read again. */
    static Tokens of(AdminProperties properties, LongSupplier nanoTime) {
        List<Token> tokens = new ArrayList<>();
        add(
                tokens,
                AdminProperties.PREFIX + ".token",
                properties.token(),
                properties.tokenFile(),
                new Client("admin.token", "", EnumSet.allOf(Role.class), Reach.ALL));
        boolean admin = !tokens.isEmpty();
        add(
                tokens,
                AdminProperties.PREFIX + ".read-token",
                properties.readToken(),
                properties.readTokenFile(),
                new Client("admin.read-token", "admin.read-token", Set.of(Role.READ), Reach.ALL));
        if (!admin && !tokens.isEmpty() && properties.tokens().isEmpty()) {
            throw new AdminFailure(
                    AdminProperties.PREFIX
                            + ".read-token is set and token is not: nobody could send",
                    "Set token to %s, or remove read-token.".formatted(NEW_TOKEN));
        }
        new TreeMap<>(properties.tokens()).forEach((name, token) -> add(tokens, name, token));
        Optional<String> twice = duplicate(tokens);
        if (twice.isPresent()) {
            throw new AdminFailure(twice.get(), "Set one of the two to " + NEW_TOKEN + ".");
        }
        return new Tokens(tokens, nanoTime);
    }

    private static void add(List<Token> tokens, String name, NamedToken token) {
        String key = AdminProperties.PREFIX + ".tokens." + name;
        if (!name.matches(NAME)) {
            throw new AdminFailure(
                    key + ": '" + name + "' cannot be the name of a token",
                    "Use 1 to 64 letters, digits, '-' and '_'.");
        }
        Client client =
                new Client(
                        name,
                        name,
                        roles(key, token.roles()),
                        new Reach(listeners(key, token.listeners()), groups(key, token.groups())));
        int before = tokens.size();
        add(tokens, key + ".token", token.token(), token.tokenFile(), client);
        if (tokens.size() == before) {
            throw new AdminFailure(
                    key + " has neither token nor token-file",
                    "Set %s.token to %s, or %s.token-file to a file that contains it."
                            .formatted(key, NEW_TOKEN, key));
        }
    }

    private static Set<Role> roles(String key, Set<String> words) {
        Set<Role> roles = EnumSet.noneOf(Role.class);
        for (String word : words) {
            roles.add(
                    Role.of(word)
                            .orElseThrow(
                                    () ->
                                            new AdminFailure(
                                                    "%s.roles: '%s' is no role"
                                                            .formatted(key, word),
                                                    "Known are read, send and manage.")));
        }
        if (roles.isEmpty()) {
            throw new AdminFailure(
                    key + ".roles is missing: the token could do nothing",
                    "Set it to one or several of read, send and manage.");
        }
        return roles;
    }

    private static Set<String> listeners(String key, @Nullable Set<String> given) {
        Set<String> names = Objects.requireNonNullElse(given, Set.of());
        if (names.stream().anyMatch(String::isBlank)) {
            throw new AdminFailure(
                    key + ".listeners has an empty name",
                    "Set it to names of listeners, or leave it out for all listeners.");
        }
        return names;
    }

    private static Set<String> groups(String key, @Nullable Set<String> given) {
        Set<String> names = Objects.requireNonNullElse(given, Set.of());
        for (String name : names) {
            Optional<String> fault = Names.groupError(name);
            if (fault.isPresent()) {
                throw new AdminFailure(
                        "%s.groups: %s".formatted(key, fault.get()),
                        "Set it to names of groups, or leave it out for all peers.");
            }
        }
        return names;
    }

    private static void add(
            List<Token> tokens,
            String key,
            @Nullable String value,
            @Nullable Path file,
            Client client) {
        if (value != null && file != null) {
            throw new AdminFailure(
                    key + " and " + key + "-file=" + file + " are both set", "Set one of the two.");
        }
        if (value != null || file != null) {
            String used = file == null ? key : key + "-file";
            SecretFile secret = file == null ? null : new SecretFile(file, MAX_LENGTH);
            Source source =
                    new Source(used, secret, client, client.authentication(), new AtomicLong());
            tokens.add(
                    new Token(source, digest(valid(source, value == null ? read(source) : value))));
        }
    }

    private static String read(Source source) {
        try {
            return Optional.ofNullable(source.file()).orElseThrow().read();
        } catch (IOException e) {
            AdminFailure failure =
                    new AdminFailure(
                            source.text() + ": the file cannot be read: " + e,
                            "Set "
                                    + source.key()
                                    + " to a file that contains the token and that this user may read.");
            failure.initCause(e);
            throw failure;
        }
    }

    private static String valid(Source source, String token) {
        String fault = null;
        if (token.length() < MIN_LENGTH || token.length() > MAX_LENGTH) {
            fault = token.length() + " characters: a token has " + MIN_LENGTH + " to " + MAX_LENGTH;
        } else if (!token.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            fault = "a space or a character outside visible ASCII, which no header can carry";
        }
        if (fault != null) {
            throw new AdminFailure(
                    source.text() + ": the token has " + fault, "Set it to " + NEW_TOKEN + ".");
        }
        return token;
    }

    private static Optional<String> duplicate(List<Token> tokens) {
        for (int at = 0; at < tokens.size(); at++) {
            for (Token earlier : tokens.subList(0, at)) {
                if (earlier.equalTo(tokens.get(at))) {
                    return Optional.of(
                            "%s is the same token as %s: its holder would have the roles of both"
                                    .formatted(
                                            tokens.get(at).source().text(),
                                            earlier.source().text()));
                }
            }
        }
        return Optional.empty();
    }

    private static Map<Long, Token> index(List<Token> tokens) {
        Map<Long, Token> index = new HashMap<>();
        tokens.forEach(each -> index.put(prefix(each.digest()), each));
        return index;
    }

    private static long prefix(byte[] digest) {
        return ByteBuffer.wrap(digest).getLong();
    }

    /** Returns whose the tokens are, in the order of their names. */
    List<Client> clients() {
        return tokens.values().stream()
                .map(each -> each.source().client())
                .sorted((one, other) -> one.name().compareTo(other.name()))
                .toList();
    }

    /** Returns whose the tokens are and when each was last used, in the order of their names. */
    List<TokensController.Holder> holders() {
        return tokens.values().stream()
                .map(Token::source)
                .sorted((one, other) -> one.client().name().compareTo(other.client().name()))
                .map(
                        each -> {
                            long used = each.lastUsed().get();
                            return TokensController.Holder.of(
                                    each.client(), used == 0 ? null : Instant.ofEpochMilli(used));
                        })
                .toList();
    }

    /**
     * Returns whether the reader may still read with the same reach: it is a configured token that
     * permits that, the subject of a JWT if this node accepts JWTs, or any client while neither a
     * token nor JWTs are set up.
     */
    boolean agrees(Client reader, boolean acceptsJwts) {
        boolean subject = reader.name().startsWith(JwtTokens.NAME_PREFIX);
        return (tokens.isEmpty() && !acceptsJwts)
                || (subject && acceptsJwts)
                || tokens.values().stream()
                        .map(each -> each.source().client())
                        .anyMatch(
                                each ->
                                        each.name().equals(reader.name())
                                                && each.roles().contains(Role.READ)
                                                && each.reach().equals(reader.reach()));
    }

    /** Returns the authentication of the holder of a token; null if the token is not configured. */
    @Nullable Authentication find(String token) {
        if (haveFiles && nanoTime.getAsLong() - nextRead >= 0) {
            readAgain();
        }
        byte[] digest = digest(token);
        Token known = tokens.get(prefix(digest));
        if (known == null || !MessageDigest.isEqual(digest, known.digest())) {
            return null;
        }
        known.source().used();
        return known.source().authentication();
    }

    /** Reads the files again, unless another request does so. */
    private void readAgain() {
        if (!reading.tryLock()) {
            return;
        }
        try {
            Collection<Token> present = tokens.values();
            List<Token> next = new ArrayList<>(present.size());
            List<String> changed = new ArrayList<>(0);
            for (Token each : present) {
                Token read = each.source().file() == null ? each : readAgain(each);
                next.add(read);
                if (!read.equalTo(each)) {
                    changed.add(each.source().text());
                }
            }
            Optional<String> twice = changed.isEmpty() ? Optional.empty() : duplicate(next);
            note(AdminProperties.PREFIX, twice.orElse(null));
            if (!changed.isEmpty() && twice.isEmpty()) {
                tokens = index(next);
                new TreeSet<>(changed).forEach(each -> log.info("{} has a new token", each));
            }
        } finally {
            nextRead = nanoTime.getAsLong() + INTERVAL;
            reading.unlock();
        }
    }

    private Token readAgain(Token token) {
        Source source = token.source();
        if (source.file() != null && !source.file().canBeReadAgain()) {
            return token;
        }
        try {
            Token read = new Token(source, digest(valid(source, read(source))));
            note(source.key(), null);
            return read;
        } catch (AdminFailure e) {
            note(source.key(), e.getMessage());
            return token;
        }
    }

    /** Logs a fault once, until it is gone or is another one. */
    private void note(String key, @Nullable String fault) {
        if (fault == null) {
            faults.remove(key);
        } else if (!fault.equals(faults.put(key, fault))) {
            log.warn("{}; the token that was read before stays valid", fault);
        }
    }

    /**
     * Returns a secret that all nodes with the same tokens have, whatever their order is; null
     * without tokens. Who has all tokens knows it, and a ticket can give any reach to the subject
     * of a JWT. So if this node accepts JWTs, and no token reads all peers, there is no secret
     * either.
     */
    byte @Nullable [] secret(boolean acceptsJwts) {
        Map<Long, Token> present = tokens;
        if (present.isEmpty()
                || (acceptsJwts && present.values().stream().noneMatch(Token::readsAll))) {
            return null;
        }
        MessageDigest all = sha256();
        present.values().stream().map(Token::digest).sorted(Arrays::compare).forEach(all::update);
        return all.digest();
    }

    static byte[] digest(String token) {
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
