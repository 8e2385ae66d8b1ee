package io.switchboard.transport.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.receive.MessageReceiver;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.Received;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.integration.ip.tcp.inbound.TcpReceivingChannelAdapter;

/** A peer's frames arrive whole and in the order in which it sent them. */
@WithService
class FrameOrderIT {
    private static final int CLIENTS = 100;
    private static final int LINES = 500;

    private final RunningService service;
    private final TcpReceivingChannelAdapter adapter;
    private final MessageReceiver receiver;

    FrameOrderIT(
            @Autowired RunningService service,
            @Autowired TcpReceivingChannelAdapter adapter,
            @Autowired MessageReceiver receiver) {
        this.service = service;
        this.adapter = adapter;
        this.receiver = receiver;
    }

    @Test
    void keepsTheFramesOfManyPeersInOrder() throws Exception {
        try (Received received = new Received(adapter, receiver);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<RawClient> clients = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                clients.add(service.connect());
            }
            List<Callable<Void>> senders = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                int number = i;
                senders.add(() -> sendInPieces(clients.get(number), number));
            }
            for (Future<Void> sender : threads.invokeAll(senders)) {
                sender.get();
            }
            await().untilAsserted(
                            () ->
                                    assertThat(clients)
                                            .allMatch(
                                                    client ->
                                                            received.from(client.port()).size()
                                                                    >= LINES));
            for (int i = 0; i < CLIENTS; i++) {
                assertThat(received.from(clients.get(i).port())).isEqualTo(lines(i));
            }
            for (RawClient client : clients) {
                client.close();
            }
        }
    }

    private static List<String> lines(int client) {
        return IntStream.range(0, LINES)
                .mapToObj(line -> "line %d of client %d".formatted(line, client))
                .toList();
    }

    /** Sends pieces of 1 to 97 bytes, different for each client and independent of the lines. */
    private static Void sendInPieces(RawClient client, int number) throws IOException {
        byte[] all =
                lines(number).stream().collect(Collectors.joining("\n", "", "\n")).getBytes(UTF_8);
        int from = 0;
        for (int piece = number; from < all.length; piece = piece * 31 + 7) {
            int to = Math.min(all.length, from + 1 + Math.floorMod(piece, 97));
            client.send(Arrays.copyOfRange(all, from, to));
            from = to;
        }
        return null;
    }
}
