package io.switchboard.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.switchboard.events.EventType;
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
    void requiresOnlyTheUrl() {
        WebhookProperties webhook = bind(Map.of("url", URL));
        assertThat(webhook.uri()).hasToString(URL);
        assertThat(webhook.events())
                .containsExactlyInAnyOrder(
                        EventType.CONNECTED,
                        EventType.IDENTIFIED,
                        EventType.MESSAGE,
                        EventType.CLOSED,
                        EventType.MESSAGE_STORED,
                        EventType.MESSAGE_ACKED,
                        EventType.MESSAGE_EXPIRED,
                        EventType.MESSAGE_CANCELLED);
        assertThat(webhook.store()).isEqualTo(WebhookProperties.Storage.MEMORY);
        assertThat(webhook.maxAge()).isEqualTo(Duration.ofDays(1));
        assertThat(webhook.secret()).isNull();
        assertThat(webhook.headers()).isEmpty();
        assertThat(webhook.answers()).isEqualTo(WebhookProperties.Answers.SEND);
        assertThat(webhook.tlsBundle()).isNull();
        assertThat(webhook.queue()).isEqualTo(10_000);
        assertThat(webhook.queueBytes()).isEqualTo(DataSize.ofMegabytes(16));
        assertThat(webhook.whenFull()).isEqualTo(WebhookProperties.WhenFull.PAUSE_READING);
        assertThat(webhook.timeout()).isEqualTo(Duration.ofSeconds(10));
        assertThat(webhook.giveUpAfter()).isEqualTo(Duration.ofMinutes(1));
        assertThat(webhook.parallel()).isEqualTo(64);
    }

    @Test
    void readsEventTypesAsTheApiNamesThem() {
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
        "http:///path, it has no host",
        "http://my_host/, it has no host",
        "http://host:port/, it has no host",
        "'http://a b/', index 8",
        "http://user:word@host/, 'a user, a password and a fragment are not allowed'",
        "http://host/#part, 'a user, a password and a fragment are not allowed'",
        "http://169.254.169.254/, a link-local or metadata address is never posted to",
        "'http://[fe80::1]/', a link-local or metadata address is never posted to",
        "'http://[::ffff:169.254.169.254]/', a link-local or metadata address is never posted to"
    })
    void refusesABadUrlAndNamesAValidOne(String url, String fault) {
        assertThatThrownBy(() -> bind(Map.of("url", url)))
                .rootCause()
                .hasMessageStartingWith("webhook.url is " + url + ": ")
                .hasMessageContaining(fault)
                .hasMessageEndingWith(
                        "; set it to an http or https URL with a host and a path, for example"
                                + " http://127.0.0.1:5000/");
    }

    @Test
    void refusesOtherKeysWithoutAUrl() {
        assertThatThrownBy(() -> bind(Map.of("secret", "s3cret")))
                .rootCause()
                .hasMessage(
                        "webhook.url is missing: set it to the URL to post to, for example"
                                + " http://127.0.0.1:5000/");
    }

    @Test
    void refusesAnEmptySecretAndNeverPrintsASecret() {
        assertThatThrownBy(() -> bind(Map.of("url", URL, "secret", " ")))
                .rootCause()
                .hasMessageStartingWith("webhook.secret is empty");
        assertThat(bind(Map.of("url", URL, "secret", "s3cret")).toString())
                .doesNotContain("s3cret");
    }

    @Test
    void neverPrintsAHeaderAndRefusesOneThatTheServiceSets() {
        WebhookProperties webhook = bind(Map.of("url", URL, "headers.X-Api-Key", "s3cret"));
        assertThat(webhook.headers()).containsExactly(Map.entry("X-Api-Key", "s3cret"));
        assertThat(webhook.toString()).doesNotContain("s3cret");
        assertThatThrownBy(() -> bind(Map.of("url", URL, "headers.Content-Type", "text/plain")))
                .rootCause()
                .hasMessageStartingWith("webhook.headers.Content-Type: the service sets");
    }

    @Test
    void refusesABundleForAUrlWithoutTls() {
        assertThat(bind(Map.of("url", "HTTPS://h/", "tls-bundle", "lab")).tlsBundle())
                .isEqualTo("lab");
        assertThatThrownBy(() -> bind(Map.of("url", URL, "tls-bundle", "lab")))
                .rootCause()
                .hasMessage(
                        "webhook.tls-bundle is lab and webhook.url http://127.0.0.1:5000/, which is not encrypted: set an https URL, or remove tls-bundle");
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
