package io.switchboard.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.switchboard.testkit.Child;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

@ExtendWith(OutputCaptureExtension.class)
class WebhookHeadersTest {
    private final AtomicLong nanos = new AtomicLong();

    private static Map<String, String> values(WebhookHeaders headers) {
        Map<String, String> values = new HashMap<>();
        headers.forEach(values::put);
        return values;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length",
                "content-type",
                "Host",
                "Transfer-Encoding",
                "Connection",
                "X-Switchboard-Delivery",
                "x-switchboard-signature",
                "traceparent",
                "Host-file"
            })
    void refusesAHeaderThatTheServiceSets(String name) {
        assertThatThrownBy(() -> WebhookHeaders.of(Map.of(name, "s3cret")))
                .hasMessageStartingWith("webhook.headers." + name + ": the service sets ")
                .hasMessageEndingWith("remove the key")
                .hasMessageNotContaining("s3cret");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a b", "a:b", "ä", "-file", "a\r\nb"})
    void refusesAnInvalidName(String name) {
        assertThatThrownBy(() -> WebhookHeaders.of(Map.of(name, "s3cret")))
                .hasMessageContaining("is not a name of a header")
                .hasMessageNotContaining("s3cret");
    }

    @ParameterizedTest
    @CsvSource({
        "'s3cret\r\nX-Evil: 1', 'has, at index 6, a control character or one that is not ASCII'",
        "'s3cretä', 'has, at index 6, a control character or one that is not ASCII'",
        "' s3cret', begins or ends with a space",
        "' ', is empty"
    })
    void refusesAnInvalidValueWithoutShowingIt(String value, String fault) {
        assertThatThrownBy(() -> WebhookHeaders.of(Map.of("X-Key", value)))
                .hasMessageStartingWith("webhook.headers.X-Key " + fault)
                .hasMessageNotContaining("s3cret");
    }

    @Test
    void refusesAHeaderThatIsSetTwice() {
        assertThatThrownBy(() -> WebhookHeaders.of(Map.of("X-Key", "a", "x-key", "b")))
                .hasMessage(
                        "webhook.headers.X-Key and webhook.headers.x-key are both set: remove one of the two");
        assertThatThrownBy(() -> WebhookHeaders.of(Map.of("X-Key", "a", "X-Key-file", "b")))
                .hasMessageContaining("are both set");
    }

    @Test
    void refusesAFileThatCannotBeReadOrHasNoValidValue(@TempDir Path folder) throws Exception {
        Path missing = folder.resolve("missing");
        assertThatThrownBy(() -> WebhookHeaders.of(Map.of("X-Key-file", missing.toString())))
                .hasMessageStartingWith(
                        "webhook.headers.X-Key-file=" + missing + ": the file cannot be read");
        Path lines = Files.writeString(folder.resolve("lines"), "s3cret\nline\n");
        assertThatThrownBy(() -> WebhookHeaders.of(Map.of("X-Key-file", lines.toString())))
                .hasMessageStartingWith(
                        "webhook.headers.X-Key-file=" + lines + ": the file has, at index 6,")
                .hasMessageNotContaining("s3cret");
    }

    @Test
    void readsAFileAgainAfterASecondAndKeepsTheValueIfTheFileIsFaulty(
            @TempDir Path folder, CapturedOutput output) throws Exception {
        Path file = Files.writeString(folder.resolve("token"), "Bearer one\n");
        WebhookHeaders headers =
                WebhookHeaders.of(Map.of("Authorization-file", file.toString()), nanos::get);
        Files.writeString(file, "Bearer two");
        assertThat(values(headers)).isEqualTo(Map.of("Authorization", "Bearer one"));
        nanos.addAndGet(WebhookHeaders.REREAD.toNanos());
        assertThat(values(headers)).isEqualTo(Map.of("Authorization", "Bearer two"));

        Files.delete(file);
        for (int count = 0; count < 3; count++) {
            nanos.addAndGet(WebhookHeaders.REREAD.toNanos());
            assertThat(values(headers)).isEqualTo(Map.of("Authorization", "Bearer two"));
        }
        assertThat(output.getOut().split("the previous value stays in use", -1)).hasSize(2);
        assertThat(output.getOut()).doesNotContain("Bearer two");
        Files.writeString(file, "Bearer three");
        nanos.addAndGet(WebhookHeaders.REREAD.toNanos());
        assertThat(values(headers)).isEqualTo(Map.of("Authorization", "Bearer three"));
    }

    @Test
    @Timeout(value = 1, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void doesNotWaitForAPipeThatReplacesAFile(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("key");
        Files.writeString(file, "s3cret");
        WebhookHeaders headers =
                WebhookHeaders.of(Map.of("Authorization-file", file.toString()), nanos::get);
        Files.delete(file);
        try (Child mkfifo = Child.start("mkfifo", file.toString())) {
            assertThat(mkfifo.awaitExit()).isZero();
        }
        nanos.addAndGet(WebhookHeaders.REREAD.toNanos());
        assertThat(values(headers)).containsExactly(Map.entry("Authorization", "s3cret"));
    }
}
