package io.switchboard.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.kernel.TcpSocketInfo;
import io.switchboard.peer.CloseReason;
import io.switchboard.peer.DeliveryCallback;
import io.switchboard.peer.EncodedFrames;
import io.switchboard.peer.FakeLink;
import io.switchboard.peer.Listener;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.PeerSnapshot;
import io.switchboard.peer.Reach;
import io.switchboard.query.PeerFinder.PeerRow;
import io.switchboard.query.PeerListService.PeerPage;
import io.switchboard.query.SocketView;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PeerTableTest {
    private final Listener listener = PeerFixtures.listener("default");
    private final PeerRegistry registry = PeerFixtures.registry();

    @Test
    void aPageWithoutPeersHasOnlyTitles() {
        assertThat(print(Instant.now()))
                .isEqualTo(
                        "ID  NAME  GROUPS  PEERNAME  LISTENER  STATE  UP  IDLE  RECEIVED  SENT"
                                + "  QUEUED\n");
    }

    @Test
    void showsLivePeers() {
        PeerSession quiet = registry.open(listener, new FakeLink());
        PeerSession busy = registry.open(listener, new FakeLink(FakeLink.takes(3, 0)));
        busy.receiveStats().add(1, 1536);
        EncodedFrames frames =
                EncodedFrames.of("twelve bytes".getBytes(UTF_8), 1, DeliveryCallback.NONE);
        busy.offer(frames, frames.view());
        Instant now = Instant.now().plusSeconds(3 * 60 + 5);
        String boot = registry.boot();
        assertThat(print(now, quiet.snapshot(), busy.snapshot()))
                .matches("(?s).* 3m0[56]s .*")
                .satisfies(
                        table ->
                                assertThat(table.replaceAll("3m0[56]s", "3m05s"))
                                        .isEqualTo(
                                                """
                                                ID        NAME  GROUPS  PEERNAME         LISTENER  STATE     UP   IDLE  RECEIVED  SENT  QUEUED
                                                %s-1  -     -       127.0.0.1:40001  default   open   3m05s  3m05s        0B    0B      0B
                                                %s-2  -     -       127.0.0.1:40001  default   open   3m05s  3m05s     1.5KB    3B      9B
                                                """
                                                        .formatted(boot, boot)));
    }

    /**
     * The uptime of a closed peer ends when it closed. The reason that an operator gave may be any
     * text.
     */
    @Test
    void showsTheCloseReasonOfClosedPeers() {
        PeerSession open = registry.open(listener, new FakeLink());
        registry.open(listener, new FakeLink()).abort(CloseReason.RESET, null);
        registry.open(listener, new FakeLink()).abort(CloseReason.KICKED, "bye\u001b[2J\n\u202e");
        List<PeerSnapshot> closed = registry.recentlyClosed();
        String table =
                print(
                        Instant.now().plus(Duration.ofDays(2)),
                        open.snapshot(),
                        closed.getFirst(),
                        closed.getLast());
        List<String> lines = table.lines().toList();
        assertThat(lines).hasSize(4);
        assertThat(lines.get(0)).endsWith("QUEUED  NOTE");
        assertThat(lines.get(1)).contains(" open ", " 2d00h  2d00h ").endsWith(" 0B  -");
        assertThat(lines.get(2)).contains(" closed ", "    0s  2d00h ").endsWith(" 0B  reset");
        assertThat(lines.get(3)).endsWith(" 0B  kicked: bye\\u{1b}[2J\\u{a}\\u{202e}");
    }

    @Test
    void showsNamesGroupsAndTheHint() {
        PeerSession named = registry.open(listener, new FakeLink());
        registry.rename(named, "Łódź 7");
        registry.regroup(named, List.of("trucks", "east"));
        named.receiveStats().add(0, 17);
        List<String> lines = print(Instant.now(), named.snapshot()).lines().toList();
        assertThat(lines.getFirst())
                .contains("  NAME    GROUPS       PEERNAME ")
                .endsWith("  NOTE");
        assertThat(lines.getLast())
                .contains("  Łódź 7  east,trucks  127.0.0.1:40001 ")
                .endsWith("  17 bytes received, no frame yet: is the framing 'line' right?");
    }

    @Test
    void showsKernelInformationIfThereIsAny() {
        PeerSession known = registry.open(listener, new FakeLink());
        PeerSession unknown = registry.open(listener, new FakeLink());
        SocketView socket =
                SocketView.forList(
                        new TcpSocketInfo(
                                (InetSocketAddress) known.link().local(),
                                (InetSocketAddress) known.link().remote(),
                                "ESTAB",
                                1,
                                3_000,
                                952,
                                4,
                                5,
                                6,
                                1_500,
                                8,
                                9,
                                10,
                                11,
                                12,
                                13,
                                14),
                        Reach.ALL);
        Instant now = Instant.now();
        PeerPage page =
                page(
                        2,
                        2,
                        null,
                        List.of(
                                new PeerRow(known.snapshot(), socket, null, now),
                                new PeerRow(unknown.snapshot(), null, null, now)));
        List<String> lines = Tables.print(page).lines().toList();
        assertThat(lines.get(0)).endsWith("  QUEUED      RTT  UNACKED  RETRANS");
        assertThat(lines.get(1)).endsWith("      0B  1.500ms    2.0KB        6");
        assertThat(lines.get(2)).endsWith("      0B        -        -        -");
    }

    @Test
    void theLastLineShowsTheCursorOfTheNextPage() {
        PeerSnapshot peer = registry.open(listener, new FakeLink()).snapshot();
        PeerPage page =
                page(250, 1, "a-cursor", List.of(new PeerRow(peer, null, null, Instant.now())));
        assertThat(Tables.print(page)).endsWith("\n1 of 250; next: a-cursor\n");
    }

    private static String print(Instant now, PeerSnapshot... peers) {
        List<PeerRow> rows =
                Arrays.stream(peers).map(each -> new PeerRow(each, null, null, now)).toList();
        return Tables.print(page(rows.size(), 100, null, rows));
    }

    private static PeerPage page(long total, int limit, @Nullable String next, List<PeerRow> rows) {
        return new PeerPage(total, limit, next, null, null, rows);
    }

    /**
     * The clocks of nodes differ, so times are relative to the clock of the node that read the row.
     */
    @Test
    void timesOfARowAreRelativeToTheClockOfItsNode() {
        PeerSnapshot peer = registry.open(listener, new FakeLink()).snapshot();
        Instant readAt = peer.connectedAt().plusSeconds(7);
        PeerRow row = new PeerRow(peer, null, "b", readAt);
        assertThat(Tables.print(page(1, 1, null, List.of(row)))).contains("  7s  ");
    }
}
