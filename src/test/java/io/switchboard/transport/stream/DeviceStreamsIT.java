package io.switchboard.transport.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.testkit.DeviceStream;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.Received;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.ApplicationContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** The streams of 65 kinds of devices, each through a listener with the framing that fits it. */
@WithService
class DeviceStreamsIT {
    private final RunningService service;
    private final ApplicationContext context;

    DeviceStreamsIT(@Autowired RunningService service, @Autowired ApplicationContext context) {
        this.service = service;
        this.context = context;
    }

    @DynamicPropertySource
    static void listeners(DynamicPropertyRegistry properties) {
        for (DeviceStream device : DeviceStream.all()) {
            String listener = "switchboard.listeners." + listener(device);
            properties.add(listener + ".port", () -> "0");
            properties.add(listener + ".framing", device::framingWithKeep);
        }
    }

    private static String listener(DeviceStream device) {
        return "device" + DeviceStream.all().indexOf(device);
    }

    @ParameterizedTest
    @MethodSource("io.switchboard.testkit.DeviceStream#all")
    void yieldsTheFramesWhereverTheStreamIsCut(DeviceStream device) throws Exception {
        byte[] bytes = device.bytes();
        List<Integer> everywhere = new ArrayList<>();
        for (int at = 1; at < bytes.length; at++) {
            everywhere.add(at);
        }
        for (List<Integer> cuts : List.of(List.<Integer>of(), device.pieces(), everywhere)) {
            try (Received received = Received.at(listener(device), context);
                    RawClient client = RawClient.connect(service.port(listener(device)))) {
                int from = 0;
                for (int to : cuts) {
                    client.send(Arrays.copyOfRange(bytes, from, to));
                    from = to;
                }
                client.send(Arrays.copyOfRange(bytes, from, bytes.length));
                List<byte[]> frames = received.awaitFrom(client.port(), device.payloads().size());
                assertThat(frames.stream().map(HexFormat.of()::formatHex))
                        .as("%d cuts", cuts.size())
                        .containsExactlyElementsOf(device.payloads());
            }
        }
    }
}
