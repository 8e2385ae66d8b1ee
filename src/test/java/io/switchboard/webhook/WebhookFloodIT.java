package io.switchboard.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.BackEnds;
import io.switchboard.testkit.ChildService;
import io.switchboard.testkit.RawClient;
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
import org.junit.jupiter.api.Timeout;

/**
 * A hundred peers that send three times the service's heap as fast as they can to a slow back end.
 * TCP back-pressure makes the peers wait, and the back end receives each line once and in order.
 */
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class WebhookFloodIT {
    private static final int PEERS = 100;
    private static final int LONG_LINES = 50;
    private static final int LONG_LINE = 60_000;
    private static final int SHORT_AFTER_EACH = 3;
    private static final int LINES = LONG_LINES * (1 + SHORT_AFTER_EACH);
    private static final int DELAY_MILLIS = 10;

    /** The posts alone take ten seconds, and much longer on a busy machine. */
    private static final Duration LIMIT = Duration.ofMinutes(10);

    @Test
    void everyLineIsPostedOnceAndInOrderAndTheHeapSuffices() throws Exception {
        Map<Integer, Integer> next = new ConcurrentHashMap<>();
        List<String> faults = Collections.synchronizedList(new ArrayList<>());
        try (BackEnds backEnds = new BackEnds()) {
            backEnds.onUnrecorded(
                    "/",
                    (post, _) -> {
                        Thread.sleep(DELAY_MILLIS);
                        check(post.text(), next, faults);
                    });
            try (ChildService service =
                            ChildService.startWithOptions(
                                    "-XX:+ExitOnOutOfMemoryError -Xmx96m",
                                    "switchboard.listeners.default.webhook.url="
                                            + backEnds.url("/"),
                                    // a repeated post would be a fault
                                    "switchboard.listeners.default.webhook.timeout=5m",
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
                await("some peer is paused")
                        .until(() -> metric(service, "switchboard_paused_peers") > 0);
                for (Future<?> flood : floods) {
                    flood.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
                }
                await().atMost(LIMIT)
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
                await().until(() -> metric(service, "switchboard_paused_peers") == 0);
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

    private static void check(String text, Map<Integer, Integer> next, List<String> faults) {
        String[] parts = text.split(" ", 3);
        int peer = Integer.parseInt(parts[0]);
        int line = Integer.parseInt(parts[1]);
        if (line != next.getOrDefault(peer, 0) || !text.equals(text(peer, line))) {
            faults.add("line " + line + " of peer " + peer + " after " + next.get(peer));
        }
        next.put(peer, line + 1);
    }
}
