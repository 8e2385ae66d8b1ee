package io.switchboard.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TopicTemplateTest {

    private static String name(String template, BridgeType type, String name) {
        return TopicTemplate.parse("events-to", template, type)
                .name(
                        variable ->
                                switch (variable) {
                                    case "name" -> name;
                                    case "listener" -> "default";
                                    default -> "message";
                                });
    }

    @ParameterizedTest
    @CsvSource({
        "KAFKA, meter 7, ev.default.meter_207",
        "KAFKA, a_b-c.d, ev.default.a_5Fb-c.d",
        "KAFKA, ü, ev.default._C3_BC",
        "MQTT, a+b, ev.default.a%2Bb",
        "MQTT, 50%, ev.default.50%25",
        "MQTT, meter 7ü, ev.default.meter 7ü",
        "REDIS_STREAM, a+b #, ev.default.a+b #"
    })
    void escapesWhatTheBrokerCannotHave(BridgeType type, String name, String expected) {
        assertThat(name("ev.{listener}.{name}", type, name)).isEqualTo(expected);
    }

    @Test
    void unescapesWhatItHasEscapedForMqtt() {
        for (String name : new String[] {"a+b", "50%", "$x", "ü #1", "plain", "%2B"}) {
            assertThat(TopicTemplate.unescaped(TopicTemplate.escaped(name, BridgeType.MQTT)))
                    .isEqualTo(name);
        }
        assertThatThrownBy(() -> TopicTemplate.unescaped("50%"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void keepsTextsAndReplacesEachVariable() {
        assertThat(name("{type}/{name}/{name}", BridgeType.MQTT, "x")).isEqualTo("message/x/x");
        assertThat(name("events", BridgeType.KAFKA, "x")).isEqualTo("events");
    }

    @ParameterizedTest
    @CsvSource({
        "KAFKA, ev/{name}, events-to is ev/{name}: a Kafka topic takes up to 249",
        "MQTT, ev/#, events-to is ev/#: an MQTT topic has no",
        "MQTT, ev/{peer}, events-to is ev/{peer}: {peer} is unknown",
        "REDIS_STREAM, ev{, events-to is ev{: a brace stands alone"
    })
    void refusesATemplateWithItsKeyAndValue(BridgeType type, String template, String message) {
        assertThatThrownBy(() -> TopicTemplate.parse("events-to", template, type))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(message);
    }
}
