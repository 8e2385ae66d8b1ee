package io.switchboard.transport.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerRegistry.Lookup;
import io.switchboard.receive.MessageReceiver;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.Received;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.integration.ip.tcp.inbound.TcpReceivingChannelAdapter;

/** A line ends at LF or CR LF, wherever the network divides the bytes. */
@WithService
class BareLfIT {
    private static final String SENT = "a\nb\r\nc\n";

    private final RunningService service;
    private final PeerRegistry registry;
    private final TcpReceivingChannelAdapter adapter;
    private final MessageReceiver receiver;

    BareLfIT(
            @Autowired RunningService service,
            @Autowired PeerRegistry registry,
            @Autowired TcpReceivingChannelAdapter adapter,
            @Autowired MessageReceiver receiver) {
        this.service = service;
        this.registry = registry;
        this.adapter = adapter;
        this.receiver = receiver;
    }

    @Test
    void readsThreeLinesWhereverTheyAreDivided() throws Exception {
        try (Received received = new Received(adapter, receiver);
                RawClient client = service.connect()) {
            String id = service.api().idOf(client);
            List<String> expected = new ArrayList<>();
            int sent = 0;
            for (int cuts = 0; cuts < 1 << (SENT.length() - 1); cuts++) {
                for (String piece : pieces(cuts)) {
                    client.send(piece);
                    sent += piece.length();
                    awaitReceived(id, sent);
                }
                expected.addAll(List.of("a", "b", "c"));
                assertThat(received.from(client.port()))
                        .as("the last ones sent in the pieces %s", pieces(cuts))
                        .isEqualTo(expected);
            }
        }
    }

    /**
     * Divides the sent text.
     *
     * @param cuts bit n is set if the text is divided after byte n
     */
    private static List<String> pieces(int cuts) {
        List<String> pieces = new ArrayList<>();
        int from = 0;
        for (int to = 1; to <= SENT.length(); to++) {
            if (to == SENT.length() || (cuts & 1 << (to - 1)) != 0) {
                pieces.add(SENT.substring(from, to));
                from = to;
            }
        }
        return pieces;
    }

    /** Waits until the service has read this many bytes, so that it reads the next piece alone. */
    private void awaitReceived(String id, int bytes) {
        await().pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(1))
                .until(
                        () ->
                                registry.find(id) instanceof Lookup.Live(var session)
                                        && session.snapshot().received().bytes() == bytes);
    }
}
