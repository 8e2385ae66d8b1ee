package io.switchboard.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Checks the options with which the service is started. */
class JvmOptionsTest {

    /** A supervisor can restart a process that has ended, but not one that has no memory. */
    @ParameterizedTest
    @CsvSource({
        "Dockerfile, ENTRYPOINT",
        "pom.xml, <jvmArguments>",
        "src/deb/switchboard.service, ExecStart=",
        "src/main/resources/help.txt, '  java '",
    })
    void everyStartExitsOnAnOutOfMemoryError(Path file, String start) throws IOException {
        assertThat(Files.readAllLines(file))
                .filteredOn(line -> line.contains(start))
                .singleElement()
                .asString()
                .contains("-XX:+ExitOnOutOfMemoryError");
    }
}
