package io.switchboard.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.switchboard.http.admin.ServiceController.ListenerPage;
import io.switchboard.http.admin.ServiceController.ListenerRow;
import io.switchboard.http.admin.ServiceController.NodePage;
import io.switchboard.http.admin.ServiceController.NodeRow;
import io.switchboard.kernel.KernelSockets.AcceptQueue;
import io.switchboard.kernel.KernelSockets.DatagramQueue;
import io.switchboard.peer.CloseReason;
import io.switchboard.peer.PeerSnapshot;
import io.switchboard.query.GroupService;
import io.switchboard.query.PeerFinder.PeerRow;
import io.switchboard.query.PeerListService.PeerPage;
import io.switchboard.query.SocketView;
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
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.ServletRequestAttributes;

/** Writes lists as tables for people, for requests with {@code Accept: text/plain}. */
@Component
public final class Tables extends AbstractHttpMessageConverter<Object> {
    /** The media type with its charset: Spring's filter that would add the charset is disabled. */
    public static final String TEXT = "text/plain;charset=UTF-8";

    private static final Set<Class<?>> TYPES =
            Set.of(PeerPage.class, GroupService.Groups.class, NodePage.class, ListenerPage.class);

    /**
     * A column of the table of peers.
     *
     * @param optional whether the table omits the column if all its cells are null
     * @param cell returns the text of a row's cell, or null if there is none
     */
    private record Column(
            String title, boolean optional, Function<PeerRow, @Nullable String> cell) {

        static Column of(String title, Function<PeerRow, @Nullable String> cell) {
            return new Column(title, false, cell);
        }

        static Column ofPeer(String title, Function<PeerSnapshot, @Nullable String> cell) {
            return of(title, row -> cell.apply(row.peer()));
        }

        static Column optional(String title, Function<PeerRow, @Nullable String> cell) {
            return new Column(title, true, cell);
        }

        /** Returns a column of kernel information, which is empty if the row has none. */
        static Column ofSocket(String title, Function<SocketView, String> cell) {
            return optional(title, row -> row.socket() == null ? null : cell.apply(row.socket()));
        }

        boolean hasText(PeerRow row) {
            return cell.apply(row) != null;
        }

        String text(PeerRow row) {
            return Objects.requireNonNullElse(cell.apply(row), "");
        }
    }

    private static final List<Column> PEER_COLUMNS =
            List.of(
                    Column.ofPeer("ID", peer -> peer.id().toString()),
                    Column.ofPeer("NAME", PeerSnapshot::name),
                    Column.optional("NODE", PeerRow::node),
                    Column.ofPeer("GROUPS", peer -> String.join(",", peer.groups())),
                    Column.ofPeer("PEERNAME", peer -> peer.peername().toString()),
                    Column.ofPeer("LISTENER", PeerSnapshot::listener),
                    Column.ofPeer("STATE", peer -> peer.state().word()),
                    Column.of(">UP", Tables::up),
                    Column.of(">IDLE", row -> time(row.peer().lastActiveAt(), row.readAt())),
                    Column.ofPeer(">RECEIVED", peer -> TextTable.bytes(peer.received().bytes())),
                    Column.ofPeer(">SENT", peer -> TextTable.bytes(peer.sent().bytes())),
                    Column.ofPeer(">QUEUED", peer -> TextTable.bytes(peer.queued().bytes())),
                    Column.ofSocket(">RTT", socket -> number("%.3fms", socket.rtt())),
                    Column.ofSocket(">UNACKED", socket -> bytes(socket.unackedBytes())),
                    Column.ofSocket(">RETRANS", socket -> number("%d", socket.totalRetransmits())),
                    Column.optional("NOTE", row -> note(row.peer())));

    private final AnswerBudget budget;

    Tables(AnswerBudget budget) {
        super(MediaType.parseMediaType(TEXT));
        this.budget = budget;
    }

    @Override
    protected boolean supports(Class<?> type) {
        return TYPES.contains(type);
    }

    @Override
    protected Object readInternal(Class<?> type, HttpInputMessage message) {
        throw new HttpMessageNotReadableException("a request cannot contain a table", message);
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
        byte[] bytes = table.getBytes(UTF_8);
        if (RequestContextHolder.getRequestAttributes() instanceof ServletRequestAttributes held) {
            budget.reserve(held.getRequest(), AnswerSizes.heldBytes(page) + bytes.length);
        }
        message.getBody().write(bytes);
    }

    /**
     * Returns the table, followed by a line with the cursor of the next page, if there is one, and
     * a line with the nodes that did not answer, if there are any.
     */
    static String print(PeerPage page) {
        List<PeerRow> rows = page.peers();
        List<Column> shown =
                PEER_COLUMNS.stream()
                        .filter(each -> !each.optional() || rows.stream().anyMatch(each::hasText))
                        .toList();
        TextTable table = new TextTable(shown.stream().map(Column::title).toList());
        rows.forEach(row -> table.add(shown.stream().map(each -> each.text(row)).toList()));
        String more = "%d of %d; next: %s\n".formatted(rows.size(), page.total(), page.next());
        List<String> missing = page.missing();
        String partial = missing == null ? "" : "without the peers of " + names(missing) + "\n";
        return table + (page.next() == null ? "" : more) + partial;
    }

    private static String names(List<String> nodes) {
        return nodes.isEmpty() ? "other nodes: Redis is unavailable" : String.join(", ", nodes);
    }

    private static String up(PeerRow row) {
        PeerSnapshot peer = row.peer();
        return time(peer.connectedAt(), Objects.requireNonNullElse(peer.closedAt(), row.readAt()));
    }

    private static String time(Instant from, Instant to) {
        return TextTable.duration(Duration.between(from, to));
    }

    private static String number(String format, @Nullable Number number) {
        return number == null ? "" : String.format(Locale.ROOT, format, number);
    }

    private static String bytes(@Nullable Long bytes) {
        return bytes == null ? "" : TextTable.bytes(bytes);
    }

    /**
     * Returns the close reason of a closed peer, or the hint of a live peer about a likely problem.
     */
    private static @Nullable String note(PeerSnapshot peer) {
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
            String name = Objects.requireNonNullElse(row.name(), "");
            String note = (row.self() ? "this one" : "") + (row.draining() ? " draining" : "");
            String peers = Objects.toString(row.peers(), "");
            table.add(List.of(row.id(), name, row.host(), peers, note.strip()));
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
        if (page.notOpen() != null) {
            page.notOpen()
                    .forEach(
                            each ->
                                    table.add(
                                            List.of(
                                                    each.name(),
                                                    "",
                                                    "",
                                                    "",
                                                    "",
                                                    "",
                                                    "",
                                                    each.error())));
        }
        return table.toString();
    }

    /** Returns the use and the limit of the kernel's queue: connections, or bytes of datagrams. */
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
