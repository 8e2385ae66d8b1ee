package io.switchboard.web;

import io.switchboard.peer.CloseReason;
import io.switchboard.peer.Peer;
import io.switchboard.query.PeerFinder.PeerRow;
import io.switchboard.query.PeerListService.PeerPage;
import io.switchboard.query.SocketView;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A page of peers as a table for people. */
final class PeerTable {

    /**
     * @param optional whether the table has it only if a row has something in it
     * @param cell null for nothing
     */
    private record Column(
            TextTable.Column head, boolean optional, Function<PeerRow, @Nullable String> cell) {

        static Column text(String title, Function<Peer, @Nullable String> cell) {
            return new Column(
                    new TextTable.Column(title, false), false, row -> cell.apply(row.peer()));
        }

        static Column note(String title, Function<PeerRow, @Nullable String> cell) {
            return new Column(new TextTable.Column(title, false), true, cell);
        }

        static Column amount(String title, Function<PeerRow, @Nullable String> cell) {
            return new Column(new TextTable.Column(title, true), false, cell);
        }

        /** Empty if the kernel does not know the socket. */
        static Column figure(String title, Function<SocketView, String> cell) {
            return new Column(
                    new TextTable.Column(title, true),
                    true,
                    row -> {
                        SocketView socket = row.socket();
                        return socket == null ? null : cell.apply(socket);
                    });
        }
    }

    private static final List<Column> COLUMNS =
            List.of(
                    Column.text("ID", peer -> peer.id().toString()),
                    Column.text("NAME", Peer::name),
                    Column.note("NODE", PeerRow::node),
                    Column.text("GROUPS", peer -> String.join(",", peer.groups())),
                    Column.text("PEERNAME", peer -> peer.peername().toString()),
                    Column.text("LISTENER", Peer::listener),
                    Column.text("STATE", peer -> peer.state().word()),
                    Column.amount("UP", PeerTable::up),
                    Column.amount("IDLE", row -> time(row.peer().lastActiveAt(), row.readAt())),
                    Column.amount("RECEIVED", row -> Humane.bytes(row.peer().received().bytes())),
                    Column.amount("SENT", row -> Humane.bytes(row.peer().sent().bytes())),
                    Column.amount("QUEUED", row -> Humane.bytes(row.peer().queued().bytes())),
                    Column.figure("RTT", socket -> millis(socket.rtt())),
                    Column.figure("UNACKED", socket -> bytes(socket.unackedBytes())),
                    Column.figure("RETRANS", socket -> number(socket.totalRetransmits())),
                    Column.note("NOTE", row -> note(row.peer())));

    private PeerTable() {}

    /** Returns the table, followed by the cursor of the next page if there is one. */
    static String print(PeerPage page) {
        List<List<@Nullable String>> rows = page.peers().stream().map(PeerTable::cells).toList();
        List<Integer> shown =
                IntStream.range(0, COLUMNS.size())
                        .filter(
                                at ->
                                        !COLUMNS.get(at).optional()
                                                || rows.stream()
                                                        .anyMatch(row -> row.get(at) != null))
                        .boxed()
                        .toList();
        TextTable table = new TextTable(shown.stream().map(at -> COLUMNS.get(at).head()).toList());
        for (List<@Nullable String> row : rows) {
            table.add(
                    shown.stream().map(at -> Objects.requireNonNullElse(row.get(at), "")).toList());
        }
        String more =
                page.next() == null
                        ? ""
                        : "%d of %d; next: %s\n"
                                .formatted(page.peers().size(), page.total(), page.next());
        List<String> missing = page.missing();
        String partly = missing == null ? "" : "without those at " + named(missing) + "\n";
        return table + more + partly;
    }

    /** Returns the cells of all columns, including those that a table may leave out. */
    private static List<@Nullable String> cells(PeerRow row) {
        List<@Nullable String> cells = new ArrayList<>(COLUMNS.size());
        COLUMNS.forEach(column -> cells.add(column.cell().apply(row)));
        return cells;
    }

    private static String named(List<String> nodes) {
        return nodes.isEmpty() ? "other nodes: Redis is away" : String.join(", ", nodes);
    }

    private static String up(PeerRow row) {
        Peer peer = row.peer();
        return time(peer.connectedAt(), Objects.requireNonNullElse(peer.closedAt(), row.readAt()));
    }

    private static String time(Instant from, Instant to) {
        return Humane.duration(Duration.between(from, to));
    }

    private static String millis(@Nullable Double millis) {
        return millis == null ? "" : String.format(Locale.ROOT, "%.3fms", millis);
    }

    private static String bytes(@Nullable Long bytes) {
        return bytes == null ? "" : Humane.bytes(bytes);
    }

    private static String number(@Nullable Long number) {
        return number == null ? "" : number.toString();
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
}
