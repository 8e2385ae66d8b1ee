package io.switchboard.http.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.switchboard.http.access.AdminProperties.AdminFailure;
import io.switchboard.http.access.AdminProperties.NamedToken;
import io.switchboard.peer.Reach;
import io.switchboard.testkit.LoggedWarnings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.security.core.Authentication;

class TokensTest {
    private static final String SEND = "0123456789abcdef";
    private static final String READ = "fedcba9876543210";

    @TempDir private Path directory;

    @Test
    void eachTokenHasItsRole() {
        Tokens tokens = Tokens.of(properties(SEND, null, READ, null));
        assertThat(roles(tokens, SEND)).containsExactlyInAnyOrder(Role.values());
        assertThat(roles(tokens, READ)).containsExactly(Role.READ);
        assertThat(tokens.find(SEND + "0")).isNull();
        assertThat(tokens.find("")).isNull();
    }

    @Test
    void refusesTheReadTokenIfNoneIsSet() {
        Tokens tokens = Tokens.of(properties(SEND, null, null, null));
        assertThat(tokens.find(READ)).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "\r\n"})
    void ignoresTheLineEndAtTheEndOfAFile(String end) throws IOException {
        Path file = Files.writeString(directory.resolve("token"), SEND + end);
        assertThat(roles(Tokens.of(properties(null, file, null, null)), SEND)).contains(Role.SEND);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "hush456789abcde",
                "hush 456789abcdef",
                "hush456789abcdefö",
                "hush\n456789abcdef"
            })
    void refusesAMalformedTokenAndDoesNotPrintIt(String token) {
        assertThatThrownBy(() -> Tokens.of(properties(token, null, null, null)))
                .isInstanceOf(AdminFailure.class)
                .hasMessageStartingWith("switchboard.admin.token: the token has ")
                .hasMessageNotContaining("hush");
    }

    @Test
    void refusesSettingsThatContradictEachOther() {
        assertThatThrownBy(() -> Tokens.of(properties(SEND, Path.of("f"), null, null)))
                .hasMessageContaining("token-file=f are both set");
        assertThatThrownBy(() -> Tokens.of(properties(null, null, READ, null)))
                .hasMessageContaining("nobody could send");
        assertThatThrownBy(() -> Tokens.of(properties(SEND, null, SEND, null)))
                .hasMessageContaining("read-token is the same token as switchboard.admin.token");
    }

    @Test
    void aNamedTokenHasItsRolesAndItsReach() {
        Tokens tokens =
                Tokens.of(
                        named(
                                "fleet",
                                new NamedToken(
                                        READ,
                                        null,
                                        Set.of("read", "send"),
                                        Set.of("trackers"),
                                        Set.of("east"))));
        assertThat(client(tokens, READ))
                .isEqualTo(
                        new Client(
                                "fleet",
                                "fleet",
                                Set.of(Role.READ, Role.SEND),
                                new Reach(Set.of("trackers"), Set.of("east"))));
        assertThat(client(tokens, SEND).reach()).isEqualTo(Reach.ALL);
    }

    @ParameterizedTest
    @MethodSource
    void refusesANamedTokenAndNamesTheKeyAndWhatWouldBeValid(
            String name, NamedToken token, String fault, String remedy) {
        assertThatThrownBy(() -> Tokens.of(named(name, token)))
                .isInstanceOf(AdminFailure.class)
                .hasMessageStartingWith("switchboard.admin.tokens." + name)
                .hasMessageContaining(fault)
                .hasMessageNotContaining(READ)
                .satisfies(e -> assertThat(((AdminFailure) e).action()).contains(remedy));
    }

    static Stream<Arguments> refusesANamedTokenAndNamesTheKeyAndWhatWouldBeValid() {
        Set<String> none = Set.of();
        Set<String> read = Set.of("read");
        return Stream.of(
                arguments(
                        "a",
                        new NamedToken(READ, null, Set.of("write"), none, none),
                        ".roles: 'write' is no role",
                        "read, send and manage"),
                arguments(
                        "a",
                        new NamedToken(READ, null, none, none, none),
                        ".roles is missing",
                        "read, send and manage"),
                arguments(
                        "a",
                        new NamedToken(null, null, read, none, none),
                        "neither token nor token-file",
                        "openssl rand -hex 24"),
                arguments(
                        "a",
                        new NamedToken(READ, Path.of("f"), read, none, none),
                        "token-file=f are both set",
                        "one of the two"),
                arguments(
                        "a",
                        new NamedToken(READ, null, read, none, Set.of("x/y")),
                        ".groups: a group must not contain",
                        "names of groups"),
                arguments(
                        "a",
                        new NamedToken(READ, null, read, Set.of(" "), none),
                        ".listeners has an empty name",
                        "names of listeners"),
                arguments(
                        "a.b",
                        new NamedToken(READ, null, read, none, none),
                        "cannot be the name",
                        "letters"),
                arguments(
                        "a",
                        new NamedToken(SEND, null, read, none, none),
                        "is the same token as switchboard.admin.token",
                        "one of the two"));
    }

    @Test
    void readsAFileAgainWithinASecond() throws IOException {
        AtomicLong now = new AtomicLong();
        Path file = Files.writeString(directory.resolve("token"), SEND);
        Tokens tokens = Tokens.of(properties(null, file, null, null), now::get);
        Files.writeString(file, READ);
        assertThat(tokens.find(READ)).isNull();
        now.addAndGet(Duration.ofSeconds(1).toNanos());
        assertThat(tokens.find(READ)).isNotNull();
        assertThat(tokens.find(SEND)).isNull();
    }

    /** Kubernetes replaces the link {@code ..data}, to which the file itself is a link. */
    @Test
    void readsAFileAgainWhoseDirectoryIsALinkThatWasReplaced() throws IOException {
        AtomicLong now = new AtomicLong();
        for (String version : List.of("one", "two")) {
            Files.createDirectory(directory.resolve(version));
        }
        Files.writeString(directory.resolve("one/token"), SEND);
        Files.writeString(directory.resolve("two/token"), READ);
        Path data = directory.resolve("..data");
        Files.createSymbolicLink(data, Path.of("one"));
        Path file = Files.createSymbolicLink(directory.resolve("token"), Path.of("..data/token"));
        Tokens tokens = Tokens.of(properties(null, file, null, null), now::get);
        assertThat(tokens.find(SEND)).isNotNull();
        Path next = Files.createSymbolicLink(directory.resolve("..next"), Path.of("two"));
        Files.move(next, data, StandardCopyOption.ATOMIC_MOVE);
        now.addAndGet(Duration.ofSeconds(1).toNanos());
        assertThat(tokens.find(READ)).isNotNull();
        assertThat(tokens.find(SEND)).isNull();
    }

    @Test
    void keepsTheTokenAndWarnsOnceIfItsFileIsGoneOrNotValid() throws IOException {
        AtomicLong now = new AtomicLong();
        Path send = Files.writeString(directory.resolve("send"), SEND);
        Path read = Files.writeString(directory.resolve("read"), READ);
        Tokens tokens = Tokens.of(properties(null, send, null, read), now::get);
        try (LoggedWarnings warnings = new LoggedWarnings()) {
            for (String content : List.of("hush", READ)) {
                Files.writeString(send, content);
                for (int turn = 0; turn < 3; turn++) {
                    now.addAndGet(Duration.ofSeconds(1).toNanos());
                    assertThat(roles(tokens, SEND)).contains(Role.SEND);
                    assertThat(roles(tokens, READ)).containsExactly(Role.READ);
                }
            }
            Files.delete(send);
            for (int turn = 0; turn < 3; turn++) {
                now.addAndGet(Duration.ofSeconds(1).toNanos());
                assertThat(tokens.find(SEND)).isNotNull();
            }
            assertThat(warnings.lines())
                    .filteredOn(each -> each.contains(directory.toString()))
                    .hasSize(3)
                    .noneMatch(each -> each.contains("hush"));
        }
        Files.writeString(send, SEND + "-new");
        now.addAndGet(Duration.ofSeconds(1).toNanos());
        assertThat(tokens.find(SEND + "-new")).isNotNull();
    }

    @Test
    void stopsReadingAnEndlessFile() {
        assertThatThrownBy(() -> Tokens.of(properties(null, Path.of("/dev/zero"), null, null)))
                .isInstanceOf(AdminFailure.class);
    }

    @Test
    void toStringOfThePropertiesHasNoTokens() {
        assertThat(properties(SEND, null, READ, null).toString()).doesNotContain(SEND, READ);
    }

    private static Set<Role> roles(Tokens tokens, String token) {
        return client(tokens, token).roles();
    }

    private static Client client(Tokens tokens, String token) {
        Authentication known = Objects.requireNonNull(tokens.find(token));
        return (Client) Objects.requireNonNull(known.getPrincipal());
    }

    static AdminProperties named(String name, NamedToken token) {
        return new AdminProperties(
                AdminProperties.Auth.AUTO, SEND, null, null, null, Map.of(name, token), List.of());
    }

    static AdminProperties properties(
            @Nullable String token,
            @Nullable Path tokenFile,
            @Nullable String readToken,
            @Nullable Path readTokenFile) {
        return new AdminProperties(
                AdminProperties.Auth.AUTO,
                token,
                tokenFile,
                readToken,
                readTokenFile,
                Map.of(),
                List.of());
    }

    /** The holder of all tokens could sign a ticket with the name and reach of a JWT's subject. */
    @Test
    void withJwtsThereIsASecretOnlyIfATokenReadsAllPeers() {
        NamedToken token = new NamedToken(READ, null, Set.of("read"), null, Set.of("trucks"));
        Tokens small =
                Tokens.of(
                        new AdminProperties(
                                AdminProperties.Auth.AUTO,
                                null,
                                null,
                                null,
                                null,
                                Map.of("workshop", token),
                                List.of()));
        assertThat(small.secret(true)).isNull();
        assertThat(small.secret(false)).isNotNull();
        Tokens admin = Tokens.of(properties(SEND, null, null, null));
        assertThat(admin.secret(true)).isNotNull();
    }
}
