package io.switchboard.web.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.switchboard.web.access.AdminProperties.AdminFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.security.authentication.BadCredentialsException;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.web.authentication.preauth.PreAuthenticatedAuthenticationToken;

class TokensTest {
    private static final String SEND = "0123456789abcdef";
    private static final String READ = "fedcba9876543210";

    @TempDir private Path directory;

    @Test
    void eachTokenHasItsRole() {
        Tokens tokens = Tokens.of(properties(SEND, null, READ, null));
        assertThat(roles(tokens, SEND)).containsExactlyInAnyOrder("ROLE_read", "ROLE_send");
        assertThat(roles(tokens, READ)).containsExactly("ROLE_read");
        assertThatThrownBy(() -> roles(tokens, SEND + "0"))
                .isInstanceOf(BadCredentialsException.class);
        assertThatThrownBy(() -> roles(tokens, "")).isInstanceOf(BadCredentialsException.class);
    }

    @Test
    void withoutAReadTokenNobodyHasThatRole() {
        Tokens tokens = Tokens.of(properties(SEND, null, null, null));
        assertThat(tokens.haveReadToken()).isFalse();
        assertThatThrownBy(() -> roles(tokens, READ)).isInstanceOf(BadCredentialsException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "\r\n"})
    void aFilesLastLineEndIsNoPartOfTheToken(String end) throws IOException {
        Path file = Files.writeString(directory.resolve("token"), SEND + end);
        assertThat(roles(Tokens.of(properties(null, file, null, null)), SEND))
                .contains("ROLE_send");
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
    void refusesWhatIsNoTokenAndDoesNotPrintIt(String token) {
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
                .hasMessageContaining("the same as token");
    }

    @Test
    void doesNotReadAFileWithoutEnd() {
        assertThatThrownBy(() -> Tokens.of(properties(null, Path.of("/dev/zero"), null, null)))
                .isInstanceOf(AdminFailure.class);
    }

    @Test
    void noTextOfThePropertiesHasTheTokens() {
        assertThat(properties(SEND, null, READ, null).toString()).doesNotContain(SEND, READ);
    }

    private static List<String> roles(Tokens tokens, String token) {
        return tokens
                .authenticate(new PreAuthenticatedAuthenticationToken("", token))
                .getAuthorities()
                .stream()
                .map(GrantedAuthority::getAuthority)
                .toList();
    }

    static AdminProperties properties(
            @Nullable String token,
            @Nullable Path tokenFile,
            @Nullable String readToken,
            @Nullable Path readTokenFile) {
        return new AdminProperties(
                AdminProperties.Auth.AUTO, token, tokenFile, readToken, readTokenFile, List.of());
    }
}
