package io.switchboard.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.switchboard.testkit.Child;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecretFileTest {
    @TempDir private Path directory;

    private SecretFile file() {
        return new SecretFile(directory.resolve("secret"), 8);
    }

    @ParameterizedTest
    @ValueSource(strings = {"s3cret", "s3cret\n", "s3cret\r\n"})
    void readsALineWithoutItsEnd(String content) throws Exception {
        Files.writeString(file().path(), content);
        assertThat(file().read()).isEqualTo("s3cret");
    }

    @Test
    void readsSoMuchOfALongTextThatItIsTooLong() throws Exception {
        Files.writeString(file().path(), "x".repeat(1_000));
        assertThat(file().read()).hasSizeBetween(9, 10);
    }

    @Test
    void aMissingFileIsAFaultToReport() {
        assertThat(file().canBeReadAgain()).isTrue();
        assertThatThrownBy(() -> file().read()).isInstanceOf(IOException.class);
    }

    /** As in {@code --switchboard.admin.token-file=<(pass show switchboard)}. */
    @Test
    void aPipeIsNotReadAgain() throws Exception {
        try (Child mkfifo = Child.start("mkfifo", file().path().toString())) {
            assertThat(mkfifo.awaitExit()).isZero();
        }
        assertThat(file().canBeReadAgain()).isFalse();
        Files.delete(file().path());
        Files.writeString(file().path(), "s3cret");
        assertThat(file().canBeReadAgain()).isTrue();
    }
}
