package io.switchboard.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.testkit.Child;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The script of the Debian package that finds a Java which is new enough. */
class JavaFinderTest {
    @TempDir private Path home;

    private static Child find(String variable) throws IOException {
        return Child.startWithErrors(
                "env", "--unset=JAVA_HOME", variable, "sh", "src/deb/java", "-version");
    }

    private void install(String version) throws IOException {
        Path java = home.resolve("bin/java");
        Files.createDirectories(java.getParent());
        Files.writeString(java, "#!/bin/sh\necho \"java $*\"\n");
        assertThat(java.toFile().setExecutable(true)).isTrue();
        Files.writeString(
                home.resolve("release"),
                "JAVA_VERSION=\"%s\"\nOS_NAME=\"Linux\"\n".formatted(version));
    }

    @ParameterizedTest
    @CsvSource({"25, 0", "25.0.3, 0", "26-ea, 0", "24.0.2, 1", "1.8.0_452, 1", "17.0.15, 1"})
    void javaHomeMustBeNewEnough(String version, int status) throws Exception {
        install(version);
        try (Child finder = find("JAVA_HOME=" + home)) {
            assertThat(finder.awaitExit()).isEqualTo(status);
            assertThat(finder.output())
                    .isEqualTo(
                            status == 0
                                    ? "java -version\n"
                                    : "JAVA_HOME="
                                            + home
                                            + ": there is no Java 25 or newer; correct it, or remove"
                                            + " it from /etc/default/switchboard\n");
        }
    }

    @Test
    void theJavaOnThePathIsUsedIfItIsNewEnough() throws Exception {
        install("25.0.3");
        String path = "PATH=" + home.resolve("bin") + ":" + System.getenv("PATH");
        try (Child finder = find(path)) {
            assertThat(finder.awaitExit()).isZero();
            assertThat(finder.output()).isEqualTo("java -version\n");
        }
    }
}
