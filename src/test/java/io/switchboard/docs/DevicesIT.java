package io.switchboard.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.DeviceStream;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** Each row of the devices page is a listener, to which the device's stream is sent. */
@WithService
class DevicesIT {
    private static final Pattern ROW =
            Pattern.compile(
                    "(?m)^\\| ([^`|]+) \\| `([^`]+)` \\| (?:`(\\w+)` `([^`]+)`)? \\| (.*) \\|$");
    private static final Pattern REPLY = Pattern.compile("`(hex:[0-9a-f]+)`");

    private final RunningService service;
    private final Api api;

    DevicesIT(@Autowired RunningService service) {
        this.service = service;
        this.api = service.api();
    }

    /** A row of the page. */
    private record Row(
            String device,
            String framing,
            @Nullable String view,
            @Nullable String pattern,
            @Nullable String reply) {

        static Row of(MatchResult row) {
            return new Row(
                    row.group(1),
                    row.group(2).replace("\\|", "|"),
                    row.group(3),
                    row.group(4),
                    REPLY.matcher(row.group(5))
                            .results()
                            .map(reply -> reply.group(1))
                            .findFirst()
                            .orElse(null));
        }

        DeviceStream stream() {
            return DeviceStream.all().stream()
                    .filter(each -> each.device().equals(device))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("no stream of " + device));
        }

        @Override
        public String toString() {
            return device;
        }
    }

    private static List<Row> rows() {
        try {
            return ROW.matcher(Files.readString(Path.of("src/docs/devices.md")))
                    .results()
                    .map(Row::of)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @DynamicPropertySource
    static void listeners(DynamicPropertyRegistry properties) {
        for (Row row : rows()) {
            String listener = "switchboard.listeners." + listener(row);
            properties.add(listener + ".port", () -> "0");
            properties.add(listener + ".framing", row::framing);
            if (row.pattern() != null) {
                properties.add(listener + ".identify.pattern", row::pattern);
                properties.add(listener + ".identify.view", row::view);
            }
            if (row.reply() != null) {
                properties.add(listener + ".identify.reply", row::reply);
                properties.add(listener + ".identify.reply-framing", () -> "raw");
            }
        }
    }

    private static String listener(Row row) {
        return "device" + rows().indexOf(row);
    }

    @Test
    void hasARowForEachDeviceWithItsFraming() {
        assertThat(rows().stream().map(Row::device))
                .containsExactlyElementsOf(
                        DeviceStream.all().stream().map(DeviceStream::device).toList());
        assertThat(rows())
                .allSatisfy(
                        row -> {
                            DeviceStream stream = row.stream();
                            assertThat(row.framing().replace(",keep", ""))
                                    .isEqualTo(stream.framing());
                            assertThat(row.pattern() == null).isEqualTo(stream.name() == null);
                            assertThat(row.reply())
                                    .isEqualTo(
                                            stream.reply() == null
                                                    ? null
                                                    : "hex:" + stream.reply());
                        });
    }

    static Stream<Row> named() {
        return rows().stream().filter(row -> row.pattern() != null);
    }

    @ParameterizedTest
    @MethodSource("named")
    void namesTheDeviceAndSendsItsReply(Row row) throws Exception {
        DeviceStream stream = row.stream();
        String name = Objects.requireNonNull(stream.name());
        api.awaitTotal(0);
        try (RawClient device = RawClient.connect(service.port(listener(row)))) {
            device.send(stream.bytes());
            api.awaitOpen(name);
            if (stream.reply() != null) {
                byte[] reply = HexFormat.of().parseHex(stream.reply());
                assertThat(device.read(reply.length)).isEqualTo(reply);
            }

            assertThat(api.post("/send?framing=raw&to=" + name, "end").status()).isEqualTo(200);
            assertThat(Arrays.equals(device.read(3), new byte[] {'e', 'n', 'd'}))
                    .as("nothing follows the reply")
                    .isTrue();
        }
    }
}
