package io.switchboard.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The jar and the Debian package have the version of pom.xml; what is built beside it has it too.
 */
class VersionTest {
    @ParameterizedTest
    @CsvSource({
        "Dockerfile, LABEL org.opencontainers.image.version=",
        "src/main/kubernetes/switchboard.yaml, image: switchboard:",
        "src/docs/guides/kubernetes.md, /switchboard:",
    })
    void everyFileThatNamesTheImageHasTheVersionOfTheProject(Path file, String before)
            throws IOException {
        assertThat(Files.readAllLines(file))
                .filteredOn(line -> line.contains(before))
                .isNotEmpty()
                .allSatisfy(
                        line ->
                                assertThat(line.substring(line.indexOf(before) + before.length()))
                                        .matches("\"?" + ProjectVersion.release() + "\"?( .*)?"));
    }
}
