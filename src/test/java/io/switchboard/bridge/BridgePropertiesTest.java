package io.switchboard.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.switchboard.events.EventType;
import io.switchboard.webhook.WebhookProperties.WhenFull;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.mock.env.MockEnvironment;

class BridgePropertiesTest {

    private static BridgeProperties bind(String... values) {
        Map<String, String> map = new HashMap<>();
        Arrays.stream(values)
                .map(each -> each.split("=", 2))
                .forEach(each -> map.put("bridge." + each[0], each[1]));
        return new Binder(new MapConfigurationPropertySource(map))
                .bind("bridge", BridgeProperties.class)
                .get();
    }

    @Test
    void hasDefaults() {
        BridgeProperties bridge = bind("type=kafka", "events-to=events");
        assertThat(bridge.events()).doesNotContain(EventType.SEND_FAILED).hasSize(8);
        assertThat(bridge.whenFull()).isEqualTo(WhenFull.PAUSE_READING);
        assertThat(bridge.durable()).isFalse();
        assertThat(bridge.groupOf("orders")).isEqualTo("switchboard-orders");
    }

    @Test
    void doesNotShowThePassword() {
        BridgeProperties bridge =
                bind("type=mqtt", "url=tcp://h:1883", "events-to=e", "password=s3cret");
        assertThat(bridge.toString()).doesNotContain("s3cret");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "events-to=e | type is missing: set it to kafka, mqtt or redis-stream",
                "type=kafka | events-to and sends-from are missing: set at least one of them to a topic",
                "type=kafka;events-to=e;url=tcp://h:1 | url is tcp://h:1: it is for mqtt only: the address of this broker is spring.kafka.bootstrap-servers",
                "type=mqtt;events-to=e | url is missing: set it to the address of the broker",
                "type=mqtt;events-to=e;url=http://h:1 | url is http://h:1: its scheme is http; set it to tcp://HOST:PORT or ssl://HOST:PORT",
                "type=mqtt;events-to=e;url=tcp://h | url is tcp://h: it has no host or no port",
                "type=kafka;events-to=e;results-to=r | results-to is r: it is with sends-from only",
                "type=kafka;sends-from=s.{name} | sends-from is s.{name}: it takes one topic, without {listener}, {name} and {type}",
                "type=kafka;events-to=e;presence-to=p | presence-to is p: it is for mqtt only",
                "type=mqtt;url=tcp://h:1;presence-to=p | presence-to is p: it is a topic with {name}",
                "type=kafka;events-to=e;max-length=5 | max-length is 5: it is for redis-stream only",
                "type=mqtt;url=tcp://h:1;events-to=e;tls-bundle=b | tls-bundle is b: it is for mqtt with an ssl:// url only",
                "type=kafka;events-to=e;events=send-failed | events contains send-failed: valid values are connected",
                "type=kafka;events-to=e;queue-bytes=0B | queue-bytes is 0B: the minimum is 1B"
            })
    void refusesAValueWithItsKeyAndWhatWouldBeValid(String values, String message) {
        assertThatThrownBy(() -> bind(values.split(";", -1)))
                .rootCause()
                .hasMessageStartingWith(message);
    }

    @Test
    void seesWhichBrokersAreConfigured() {
        MockEnvironment environment = new MockEnvironment();
        assertThat(BridgesProperties.configured(environment, null)).isFalse();
        environment.setProperty("switchboard.bridges.a.type", "REDIS_STREAM");
        assertThat(BridgesProperties.configured(environment, null)).isTrue();
        assertThat(BridgesProperties.configured(environment, BridgeType.REDIS_STREAM)).isTrue();
        assertThat(BridgesProperties.configured(environment, BridgeType.KAFKA)).isFalse();
    }

    @Test
    void refusesANameThatATopicOrAMeterCannotHave() {
        assertThatThrownBy(
                        () ->
                                new BridgesProperties(
                                        Map.of("a.b", bind("type=kafka", "events-to=e"))))
                .hasMessageStartingWith("the name of a bridge is 'a.b': it takes 1 to 63 letters");
    }
}
