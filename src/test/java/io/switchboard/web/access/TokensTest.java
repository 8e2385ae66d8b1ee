package io.switchboard.web.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokensTest {
    private static final String SEND = "0123456789abcdef";
    private static final String READ = "fedcba9876543210";

    @TempDir private Path directory;

    @Test
    void eachTokenHasItsRole() {
        Tokens tokens = Tokens.of(properties(SEND, null, READ, null));
        assertThat(tokens.role(SEND, 0)).isEqualTo(Role.SEND);
        assertThat(tokens.role("Bearer " + READ, 7)).isEqualTo(Role.READ);
        assertThat(tokens.role(SEND + "0", 0)).isNull();
        assertThat(tokens.role("", 0)).isNull();
    }

    @Test
    void withoutAReadTokenNobodyHasThatRole() {
        assertThat(Tokens.of(properties(SEND, null, null, null)).role(READ, 0)).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "\r\n"})
    void aFilesLastLineEndIsNoPartOfTheToken(String end) throws IOException {
        Path file = Files.writeString(directory.resolve("token"), SEND + end);
        assertThat(Tokens.of(properties(null, file, null, null)).role(SEND, 0))
                .isEqualTo(Role.SEND);
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

    static AdminProperties properties(
            @Nullable String token,
            @Nullable Path tokenFile,
            @Nullable String readToken,
            @Nullable Path readTokenFile) {
        return new AdminProperties(
                AdminAuth.AUTO, token, tokenFile, readToken, readTokenFile, List.of());
    }
}
