package io.switchboard.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RawHttp;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Autowired;

/** Clients that send requests without waiting for the responses leave time for other clients. */
@WithService
class PipelinedRequestsIT {
    private static final Logger log = LoggerFactory.getLogger(PipelinedRequestsIT.class);
    private static final int PIPELINES = 3 * RequestThreads.PLATFORM_THREADS;
    private static final int OTHER_REQUESTS = 3;
    private static final String REQUESTS =
            "GET /actuator/health HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(100);

    private final RunningService service;

    PipelinedRequestsIT(@Autowired RunningService service) {
        this.service = service;
    }

    @Test
    void otherClientsAreServedBetweenTheRequests() throws Exception {
        AtomicBoolean stopped = new AtomicBoolean();
        LongAdder responseBytes = new LongAdder();
        List<RawClient> clients = new ArrayList<>();
        try {
            for (int at = 0; at < PIPELINES; at++) {
                RawClient client = RawClient.connect(service.api().port());
                clients.add(client);
                Thread.ofPlatform().daemon().start(() -> send(client, stopped));
                Thread.ofPlatform().daemon().start(() -> read(client, responseBytes));
            }
            await().until(() -> responseBytes.sum() > 100_000);
            for (int request = 0; request < OTHER_REQUESTS; request++) {
                RawHttp client = new RawHttp(service.api().port());
                assertThat(client.ask("GET", "/actuator/health").status()).isEqualTo(200);
            }
        } finally {
            stopped.set(true);
            for (RawClient client : clients) {
                client.close();
            }
        }
    }

    private static void send(RawClient client, AtomicBoolean stopped) {
        try {
            while (!stopped.get()) {
                client.send(REQUESTS);
            }
        } catch (IOException e) {
            log.trace("the test has ended", e);
        }
    }

    private static void read(RawClient client, LongAdder bytes) {
        byte[] buffer = new byte[64 * 1024];
        try {
            for (int count = 0; count >= 0; ) {
                count = client.socket().getInputStream().read(buffer);
                bytes.add(Math.max(0, count));
            }
        } catch (IOException e) {
            log.trace("the test has ended", e);
        }
    }
}
