package io.switchboard.web;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.switchboard.cluster.Node;
import io.switchboard.kernel.KernelSockets.AcceptQueue;
import io.switchboard.kernel.KernelSockets.DatagramQueue;
import io.switchboard.peer.CloseReason;
import io.switchboard.peer.Peer;
import io.switchboard.query.GroupService;
import io.switchboard.query.PeerFinder.PeerRow;
import io.switchboard.query.PeerListService.PeerPage;
import io.switchboard.query.SocketView;
import io.switchboard.web.ServiceController.ListenerPage;
import io.switchboard.web.ServiceController.ListenerRow;
import io.switchboard.web.ServiceController.NodePage;
import io.switchboard.web.ServiceController.NodeRow;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpInputMessage;
import org.springframework.http.HttpOutputMessage;
import org.springframework.http.MediaType;
import org.springframework.http.converter.AbstractHttpMessageConverter;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.stereotype.Component;

/** Answers {@code Accept: text/plain} with a table for people. */
@Component
final class Tables extends AbstractHttpMessageConverter<Object> {
    /** With its charset: the filter that would say it is off. */
    static final String TEXT = "text/plain;charset=UTF-8";

    private static final Set<Class<?>> TYPES =
            Set.of(PeerPage.class, GroupService.Groups.class, NodePage.class, ListenerPage.class);

    /**
     * @param optional whether the table has it only if a row has something in it
     * @param cell null for nothing
     */
    private record Column(
            String title, boolean optional, Function<PeerRow, @Nullable String> cell) {

        static Column of(String title, Function<PeerRow, @Nullable String> cell) {
            return new Column(title, false, cell);
        }

        static Column ofPeer(String title, Function<Peer, @Nullable String> cell) {
            return of(title, row -> cell.apply(row.peer()));
        }

        static Column optional(String title, Function<PeerRow, @Nullable String> cell) {
            return new Column(title, true, cell);
        }

        /** Empty if the kernel does not know the socket. */
        static Column figure(String title, Function<SocketView, String> cell) {
            return optional(title, row -> row.socket() == null ? null : cell.apply(row.socket()));
        }

        boolean isIn(PeerRow row) {
            return cell.apply(row) != null;
        }

        String text(PeerRow row) {
            return Objects.requireNonNullElse(cell.apply(row), "");
        }
    }

    private static final List<Column> PEER_COLUMNS =
            List.of(
                    Column.ofPeer("ID", peer -> peer.id().toString()),
                    Column.ofPeer("NAME", Peer::name),
                    Column.optional("NODE", PeerRow::node),
                    Column.ofPeer("GROUPS", peer -> String.join(",", peer.groups())),
                    Column.ofPeer("PEERNAME", peer -> peer.peername().toString()),
                    Column.ofPeer("LISTENER", Peer::listener),
                    Column.ofPeer("STATE", peer -> peer.state().word()),
                    Column.of(">UP", Tables::up),
                    Column.of(">IDLE", row -> time(row.peer().lastActiveAt(), row.readAt())),
                    Column.ofPeer(">RECEIVED", peer -> TextTable.bytes(peer.received().bytes())),
                    Column.ofPeer(">SENT", peer -> TextTable.bytes(peer.sent().bytes())),
                    Column.ofPeer(">QUEUED", peer -> TextTable.bytes(peer.queued().bytes())),
                    Column.figure(">RTT", socket -> figure("%.3fms", socket.rtt())),
                    Column.figure(">UNACKED", socket -> bytes(socket.unackedBytes())),
                    Column.figure(">RETRANS", socket -> figure("%d", socket.totalRetransmits())),
                    Column.optional("NOTE", row -> note(row.peer())));

    Tables() {
        super(MediaType.parseMediaType(TEXT));
    }

    @Override
    protected boolean supports(Class<?> asked) {
        return TYPES.contains(asked);
    }

    @Override
    protected Object readInternal(Class<?> asked, HttpInputMessage message) {
        throw new HttpMessageNotReadableException("tables are only written", message);
    }

    @Override
    protected void writeInternal(Object page, HttpOutputMessage message) throws IOException {
        String table =
                switch (page) {
                    case PeerPage peers -> print(peers);
                    case GroupService.Groups groups -> print(groups);
                    case NodePage nodes -> print(nodes);
                    case ListenerPage listeners -> print(listeners);
                    default -> throw new IllegalArgumentException("no table for " + page);
                };
        message.getBody().write(table.getBytes(UTF_8));
    }

    /** Returns the table, followed by the cursor of the next page if there is one. */
    static String print(PeerPage page) {
        List<PeerRow> rows = page.peers();
        List<Column> shown =
                PEER_COLUMNS.stream()
                        .filter(each -> !each.optional() || rows.stream().anyMatch(each::isIn))
                        .toList();
        TextTable table = new TextTable(shown.stream().map(Column::title).toList());
        rows.forEach(row -> table.add(shown.stream().map(each -> each.text(row)).toList()));
        String more = "%d of %d; next: %s\n".formatted(rows.size(), page.total(), page.next());
        List<String> missing = page.missing();
        String partly = missing == null ? "" : "without those at " + named(missing) + "\n";
        return table + (page.next() == null ? "" : more) + partly;
    }

    private static String named(List<String> nodes) {
        return nodes.isEmpty() ? "other nodes: Redis is away" : String.join(", ", nodes);
    }

    private static String up(PeerRow row) {
        Peer peer = row.peer();
        return time(peer.connectedAt(), Objects.requireNonNullElse(peer.closedAt(), row.readAt()));
    }

    private static String time(Instant from, Instant to) {
        return TextTable.duration(Duration.between(from, to));
    }

    private static String figure(String form, @Nullable Number figure) {
        return figure == null ? "" : String.format(Locale.ROOT, form, figure);
    }

    private static String bytes(@Nullable Long bytes) {
        return bytes == null ? "" : TextTable.bytes(bytes);
    }

    /** Why it is closed, or else what may be wrong with it. */
    private static @Nullable String note(Peer peer) {
        CloseReason reason = peer.closeReason();
        if (reason == null) {
            return peer.hint();
        }
        String detail = peer.closeDetail();
        return detail == null ? reason.word() : reason.word() + ": " + detail;
    }

    private static String print(NodePage page) {
        TextTable table = new TextTable(List.of("ID", "NAME", "HOST", ">PEERS", "NOTE"));
        for (NodeRow row : page.nodes()) {
            Node node = row.node();
            String name = Objects.requireNonNullElse(node.name(), "");
            String note = (row.self() ? "this one" : "") + (node.draining() ? " draining" : "");
            table.add(List.of(node.id(), name, node.host(), "" + node.peers(), note.strip()));
        }
        return table.toString();
    }

    private static String print(GroupService.Groups groups) {
        TextTable table = new TextTable(List.of("GROUP", ">PEERS"));
        groups.groups().forEach(each -> table.add(List.of(each.name(), "" + each.peers())));
        return table.toString();
    }

    private static String print(ListenerPage page) {
        String titles = "LISTENER TRANSPORT ADDRESS FRAMING >PEERS >MOST >QUEUE NOTE";
        TextTable table = new TextTable(List.of(titles.split(" ")));
        for (ListenerRow row : page.listeners()) {
            table.add(
                    List.of(
                            row.name(),
                            row.transport(),
                            Objects.toString(row.address(), ""),
                            row.framing(),
                            "" + row.peers(),
                            "" + row.maxConnections(),
                            queue(row),
                            note(row)));
        }
        return table.toString();
    }

    /** How full the kernel's queue is, of how much: connections, or bytes of datagrams. */
    private static String queue(ListenerRow row) {
        AcceptQueue accept = row.acceptQueue();
        DatagramQueue receive = row.receiveQueue();
        if (accept != null) {
            return accept.waiting() + "/" + accept.limit();
        }
        return receive == null
                ? ""
                : TextTable.bytes(receive.waiting()) + "/" + TextTable.bytes(receive.limit());
    }

    private static String note(ListenerRow row) {
        DatagramQueue receive = row.receiveQueue();
        if (!row.listening()) {
            return "not listening";
        }
        return receive == null || receive.dropped() == 0 ? "" : receive.dropped() + " dropped";
    }
}
