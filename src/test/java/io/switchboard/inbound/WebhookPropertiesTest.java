package io.switchboard.inbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.validation.Validation;
import jakarta.validation.ValidatorFactory;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.util.unit.DataSize;

class WebhookPropertiesTest {
    private static final String URL = "http://127.0.0.1:5000/";

    @Test
    void onlyTheUrlMustBeSaid() {
        WebhookProperties webhook = bind(Map.of("url", URL));
        assertThat(webhook.uri()).hasToString(URL);
        assertThat(webhook.events())
                .containsExactlyInAnyOrder(
                        EventType.CONNECTED,
                        EventType.IDENTIFIED,
                        EventType.MESSAGE,
                        EventType.CLOSED);
        assertThat(webhook.secret()).isNull();
        assertThat(webhook.queue()).isEqualTo(10_000);
        assertThat(webhook.queueBytes()).isEqualTo(DataSize.ofMegabytes(16));
        assertThat(webhook.whenFull()).isEqualTo(WebhookProperties.WhenFull.PAUSE_READING);
        assertThat(webhook.timeout()).isEqualTo(Duration.ofSeconds(10));
        assertThat(webhook.giveUpAfter()).isEqualTo(Duration.ofMinutes(1));
        assertThat(webhook.parallel()).isEqualTo(64);
    }

    @Test
    void readsTheWordsOfTheApi() {
        WebhookProperties webhook =
                bind(Map.of("url", URL, "events", "message,closed", "when-full", "drop"));
        assertThat(webhook.events()).containsExactlyInAnyOrder(EventType.MESSAGE, EventType.CLOSED);
        assertThat(webhook.whenFull()).isEqualTo(WebhookProperties.WhenFull.DROP);
    }

    @ParameterizedTest
    @CsvSource({
        "ftp://127.0.0.1/, its scheme is ftp",
        "127.0.0.1:5000, index 0",
        "/path, its scheme is null",
        "http:///path, it names no host",
        "http://my_host/, it names no host",
        "http://host:port/, it names no host",
        "'http://a b/', index 8",
        "http://user:word@host/, 'a user, a password and a fragment are never posted'",
        "http://host/#part, 'a user, a password and a fragment are never posted'",
        "http://169.254.169.254/, a link-local or metadata address is never posted to",
        "'http://[fe80::1]/', a link-local or metadata address is never posted to",
        "'http://[::ffff:169.254.169.254]/', a link-local or metadata address is never posted to"
    })
    void refusesABadUrlAndSaysWhatWouldBeRight(String url, String objection) {
        assertThatThrownBy(() -> bind(Map.of("url", url)))
                .rootCause()
                .hasMessageStartingWith("webhook.url is " + url + ": ")
                .hasMessageContaining(objection)
                .hasMessageEndingWith(
                        "; it takes http or https, a host and a path, as http://127.0.0.1:5000/");
    }

    @Test
    void refusesOtherKeysWithoutAUrl() {
        assertThatThrownBy(() -> bind(Map.of("secret", "s3cret")))
                .rootCause()
                .hasMessage(
                        "webhook.url is missing: it takes where to post to, as"
                                + " http://127.0.0.1:5000/");
    }

    @Test
    void refusesAnEmptySecretAndNeverShowsOne() {
        assertThatThrownBy(() -> bind(Map.of("url", URL, "secret", " ")))
                .rootCause()
                .hasMessageStartingWith("webhook.secret is empty");
        assertThat(bind(Map.of("url", URL, "secret", "s3cret")).toString())
                .doesNotContain("s3cret");
    }

    @ParameterizedTest
    @CsvSource({"queue, 0", "parallel, 0", "parallel, 1001", "timeout, 0s", "timeout, 11m"})
    void refusesValuesOutOfBounds(String key, String value) {
        try (ValidatorFactory factory = Validation.buildDefaultValidatorFactory()) {
            assertThat(factory.getValidator().validate(bind(Map.of("url", URL, key, value))))
                    .hasSize(1);
        }
        assertThatThrownBy(() -> bind(Map.of("url", URL, "queue-bytes", "0B")))
                .rootCause()
                .hasMessageStartingWith("webhook.queue-bytes is 0B");
    }

    static WebhookProperties bind(Map<String, String> values) {
        return new Binder(List.of(new MapConfigurationPropertySource(values)))
                .bindOrCreate("", WebhookProperties.class);
    }
}
