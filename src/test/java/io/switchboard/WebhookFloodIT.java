package io.switchboard;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * A hundred peers that send as fast as they can what is thrice the service's heap, and a back end
 * that takes its time: TCP makes them wait, and each line is heard once and in order.
 */
class WebhookFloodIT {
    private static final int PEERS = 100;
    private static final int LONG_LINES = 50;
    private static final int LONG_LINE = 60_000;
    private static final int SHORT_AFTER_EACH = 3;
    private static final int LINES = LONG_LINES * (1 + SHORT_AFTER_EACH);
    private static final int SLOWNESS_MILLIS = 10;

    @Test
    void everyLineIsHeardOnceAndInOrderAndTheHeapIsEnough() throws Exception {
        Map<Integer, Integer> next = new ConcurrentHashMap<>();
        List<String> faults = Collections.synchronizedList(new ArrayList<>());
        try (BackEnds backEnds = new BackEnds()) {
            backEnds.onForgetful(
                    "/",
                    (post, _) -> {
                        Thread.sleep(SLOWNESS_MILLIS);
                        hear(post.text(), next, faults);
                    });
            try (ChildService service =
                            ChildService.startWithOptions(
                                    "-XX:+ExitOnOutOfMemoryError -Xmx96m",
                                    "switchboard.listeners.default.webhook.url="
                                            + backEnds.url("/"),
                                    "switchboard.listeners.default.webhook.events=message");
                    ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                List<RawClient> clients = new ArrayList<>();
                List<Future<?>> floods = new ArrayList<>();
                for (int peer = 0; peer < PEERS; peer++) {
                    RawClient client = service.connect();
                    clients.add(client);
                    int number = peer;
                    floods.add(threads.submit(() -> flood(client, number)));
                }
                await("some peer is made to wait")
                        .until(() -> metric(service, "switchboard_paused_peers") > 0);
                for (Future<?> flood : floods) {
                    flood.get(120, TimeUnit.SECONDS);
                }
                await().atMost(Duration.ofMinutes(2))
                        .until(
                                () ->
                                        next.size() == PEERS
                                                && next.values().stream()
                                                        .allMatch(count -> count == LINES));
                assertThat(faults).isEmpty();
                await().until(
                                () ->
                                        metric(service, "switchboard_webhook_posted_events_total")
                                                == PEERS * LINES);
                assertThat(metric(service, "switchboard_webhook_dropped_events_total")).isZero();
                assertThat(metric(service, "switchboard_webhook_given_up_events_total")).isZero();
                assertThat(metric(service, "switchboard_paused_peers")).isZero();
                assertThat(service.process().isAlive()).isTrue();
                for (RawClient client : clients) {
                    client.close();
                }
            }
        }
    }

    private static double metric(ChildService service, String name) {
        return service.api().metric(name + "{listener=\"default\"}");
    }

    private static Void flood(RawClient client, int peer) throws IOException {
        for (int line = 0; line < LINES; line++) {
            client.send((text(peer, line) + "\n").getBytes(UTF_8));
        }
        return null;
    }

    private static String text(int peer, int line) {
        int length = line % (1 + SHORT_AFTER_EACH) == 0 ? LONG_LINE : line % 7;
        return peer + " " + line + " " + Character.toString('a' + line % 26).repeat(length);
    }

    private static void hear(String text, Map<Integer, Integer> next, List<String> faults) {
        String[] parts = text.split(" ", 3);
        int peer = Integer.parseInt(parts[0]);
        int line = Integer.parseInt(parts[1]);
        if (line != next.getOrDefault(peer, 0) || !text.equals(text(peer, line))) {
            faults.add("line " + line + " of peer " + peer + " after " + next.get(peer));
        }
        next.put(peer, line + 1);
    }
}
