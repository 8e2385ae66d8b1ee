package io.switchboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.inbound.Inbound;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerRegistry.Lookup;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.integration.ip.tcp.inbound.TcpReceivingChannelAdapter;

/** A line ends at LF or CR LF, wherever the network cuts the bytes. */
@WithService
class BareLfIT {
    private static final String SENT = "a\nb\r\nc\n";

    private final RunningService service;
    private final PeerRegistry registry;
    private final TcpReceivingChannelAdapter adapter;
    private final Inbound inbound;

    BareLfIT(
            @Autowired RunningService service,
            @Autowired PeerRegistry registry,
            @Autowired TcpReceivingChannelAdapter adapter,
            @Autowired Inbound inbound) {
        this.service = service;
        this.registry = registry;
        this.adapter = adapter;
        this.inbound = inbound;
    }

    @Test
    void threeLinesHoweverTheyAreCut() throws Exception {
        try (Received received = new Received(adapter, inbound);
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
     * @param cuts a bit for each place between two bytes: whether there is a cut
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

    /** Only then is the next piece read by itself. */
    private void awaitReceived(String id, int bytes) {
        await().pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(1))
                .until(
                        () ->
                                registry.find(id) instanceof Lookup.Live(var session)
                                        && session.facts().received().bytes() == bytes);
    }
}
