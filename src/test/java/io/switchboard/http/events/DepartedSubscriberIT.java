package io.switchboard.http.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.MeterRegistry;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

/** A subscriber that closes its connection while no event is published. */
@WithService
class DepartedSubscriberIT {
    private final RunningService service;
    private final MeterRegistry meters;

    DepartedSubscriberIT(@Autowired RunningService service, @Autowired MeterRegistry meters) {
        this.service = service;
        this.meters = meters;
    }

    @Test
    void freesItsPlaceAndItsConnection() throws Exception {
        String ends;
        try (RawClient subscriber = RawClient.connect(service.api().port())) {
            ends = "%04X [0-9A-F]+:%04X".formatted(service.api().port(), subscriber.port());
            subscribe(subscriber);
            assertThat(subscriptions()).isPositive();
            assertThat(sockets()).anyMatch(each -> isBetween(ends, each));
        }
        await().untilAsserted(() -> assertThat(subscriptions()).isZero());
        await().untilAsserted(() -> assertThat(sockets()).noneMatch(each -> isBetween(ends, each)));
    }

    /** The kernel's TCP sockets, one a line (proc_net(5)); the service may listen on IPv6. */
    private static List<String> sockets() throws IOException {
        List<String> all = new ArrayList<>(Files.readAllLines(Path.of("/proc/net/tcp")));
        all.addAll(Files.readAllLines(Path.of("/proc/net/tcp6")));
        return all;
    }

    /** Whether this is the server's socket: its local port is the first of the two. */
    private static boolean isBetween(String ends, String socket) {
        return Pattern.compile(":" + ends + " ").matcher(socket).find();
    }

    /** Reads all that arrives, so that closing sends FIN: with unread data it would send RST. */
    private static void subscribe(RawClient client) throws IOException {
        client.send("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
        String line;
        do {
            line = client.readLine();
        } while (!line.startsWith("id: "));
        client.readLine(); // the empty line at the end of the first frame
        client.readLine(); // the end of the chunk
    }

    private double subscriptions() {
        return meters.get("switchboard.event.subscribers").gauge().value();
    }
}
