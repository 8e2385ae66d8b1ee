package io.switchboard.transport.udp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.receive.MessageSink;
import io.switchboard.testkit.Api;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.UdpClient;
import io.switchboard.testkit.WithService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.test.context.TestPropertySource;

/** Datagrams that arrive faster than they are handled. */
@WithService
@TestPropertySource(
        properties = {
            "switchboard.listeners.udp.transport=udp",
            "switchboard.listeners.udp.port=0",
            "switchboard.history.max-messages=3000"
        })
class UdpBurstIT {
    private static final int DATAGRAMS = 2_000;
    private static final int AT_ONCE = 50;
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    /** What handling takes: three times as long as one datagram after the other takes to arrive. */
    private static final long HANDLING_NANOS = TimeUnit.MILLISECONDS.toNanos(3);

    @TestConfiguration
    static class Handling {
        @Bean
        MessageSink slowSink() {
            return (_, _) -> {
                long end = System.nanoTime() + HANDLING_NANOS;
                while (System.nanoTime() - end < 0) {
                    LockSupport.parkNanos(end - System.nanoTime());
                }
            };
        }
    }

    private final RunningService service;
    private final Api api;

    UdpBurstIT(@Autowired RunningService service) {
        this.service = service;
        this.api = service.api();
    }

    @Test
    void twoThousandDatagramsInTwoSecondsAllArrive() throws Exception {
        try (UdpClient peer = UdpClient.of(service.port("udp"))) {
            for (int sent = 0; sent < DATAGRAMS; sent++) {
                if (sent % AT_ONCE == 0) {
                    LockSupport.parkNanos(PAUSE_NANOS);
                }
                peer.send("datagram " + sent);
            }
            await().until(() -> api.total() == 1 && received() == DATAGRAMS);
            String messages =
                    api.get(
                                    "/peers/%s/messages?limit=1000&after=1000"
                                            .formatted(api.peers().getFirst().get("id").asString()))
                            .body();
            assertThat(messages).contains("datagram 1000", "datagram 1999");
        }
    }

    private int received() {
        return api.peers().getFirst().get("received").get("messages").asInt();
    }
}
