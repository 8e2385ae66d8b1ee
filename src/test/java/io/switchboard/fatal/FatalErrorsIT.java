package io.switchboard.fatal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.ChildService;
import io.switchboard.testkit.RawClient;
import java.io.IOException;
import java.net.SocketException;
import java.net.URISyntaxException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Causes {@link Faults} in a service that runs without {@code -XX:+ExitOnOutOfMemoryError}. */
class FatalErrorsIT {
    private static final String OPTIONS = "-Xmx96m -XX:+UseSerialGC";

    /** The end takes milliseconds; filling the heap takes some collections of all of it. */
    private static final Duration SOON = Duration.ofSeconds(60);

    @TempDir private Path classes;

    /** Puts only {@link Faults} on the class path of the service. */
    @BeforeEach
    void copyFaults() throws IOException, URISyntaxException {
        Path imports =
                classes.resolve(
                        "META-INF/spring/org.springframework.boot.autoconfigure.AutoConfiguration.imports");
        Files.createDirectories(imports.getParent());
        Files.writeString(imports, Faults.class.getName());
        Path compiled =
                Path.of(FatalErrorsIT.class.getResource("Faults.class").toURI()).getParent();
        Path target = classes.resolve(Faults.class.getPackageName().replace('.', '/'));
        Files.createDirectories(target);
        try (DirectoryStream<Path> files = Files.newDirectoryStream(compiled, "Faults*.class")) {
            for (Path file : files) {
                Files.copy(file, target.resolve(file.getFileName()));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "error-in-loop, loop-",
        "error-in-tomcat, http-",
        "error-in-handler, http-",
        "error-in-acceptor, accept-default",
        "error-in-thread, ours",
    })
    void anOutOfMemoryErrorEndsTheProcessWhereverItIsThrown(String fault, String thread)
            throws Exception {
        try (ChildService service = start()) {
            cause(fault, service);
            if (fault.equals("error-in-acceptor")) {
                service.connect().close();
            }
            assertEnded(
                    service,
                    "an error in thread " + thread,
                    "java.lang.OutOfMemoryError: thrown by the test");
        }
    }

    /** Any thread may be the first that finds no memory. */
    @Test
    void theProcessEndsAlthoughThereIsNoMemoryLeft() throws Exception {
        try (ChildService service = start()) {
            cause("full-heap", service);
            assertEnded(service, "an error in thread ", "java.lang.OutOfMemoryError: ");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "closed-loop, loop-, java.lang.IllegalStateException: nobody stopped it",
        "failing-acceptor, accept-default, java.lang.IllegalStateException: thrown by the test",
    })
    void theEndOfAnEssentialThreadEndsTheProcess(String fault, String thread, String error)
            throws Exception {
        try (ChildService service = start()) {
            cause(fault, service);
            assertEnded(service, "the end of an essential thread in thread " + thread, error);
        }
    }

    @Test
    void livenessIsDownWhileALoopIsStalled() throws Exception {
        try (ChildService service = start()) {
            assertThat(liveness(service).status()).isEqualTo(200);
            cause("stall", service);
            Api.Answer down =
                    await().atMost(SOON)
                            .until(() -> liveness(service), answer -> answer.status() == 503);
            assertThat(down.json().at("/components/loops/status").asString()).isEqualTo("DOWN");
            assertThat(down.json().at("/components/loops/details").toString())
                    .containsPattern("\"loop-\\d\":\"its turn has lasted \\d+s\"");
            cause("release", service);
            await().until(() -> liveness(service).status() == 200);
        }
    }

    private ChildService start() throws IOException {
        return ChildService.startWithClasses(classes, OPTIONS);
    }

    private static Api.Answer liveness(ChildService service) {
        return service.api().get("/actuator/health/liveness");
    }

    /** Sends the request that causes a fault; the service may end before it answers. */
    private static void cause(String fault, ChildService service) throws IOException {
        try (RawClient client = RawClient.connect(service.api().port())) {
            client.send(
                    """
                    GET /peers HTTP/1.1\r
                    Host: localhost\r
                    Connection: close\r
                    Fault: %s\r
                    \r
                    """
                            .formatted(fault));
            client.readToEnd();
        } catch (SocketException e) {
            assertThat(e).as("the process has ended").hasMessageContaining("reset");
        }
    }

    private static void assertEnded(ChildService service, String what, String error)
            throws Exception {
        assertThat(service.process().awaitExit(SOON)).isEqualTo(3);
        assertThat(service.logged("ends with exit code"))
                .singleElement()
                .asString()
                .startsWith("switchboard ends with exit code 3 because of " + what)
                .contains(": " + error);
        assertThat(service.process().output()).doesNotContain("\tat ");
    }
}
