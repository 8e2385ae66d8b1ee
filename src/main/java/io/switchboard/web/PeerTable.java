package io.switchboard.web;

import io.switchboard.peer.CloseReason;
import io.switchboard.peer.Peer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A page of peers as a table for people. */
final class PeerTable {

    private record Column(TextTable.Column head, Function<PeerRow, String> cell) {

        static Column text(String title, Function<Peer, @Nullable String> cell) {
            return new Column(
                    new TextTable.Column(title, false),
                    row -> Objects.requireNonNullElse(cell.apply(row.peer()), ""));
        }

        static Column amount(String title, Function<Peer, String> cell) {
            return new Column(new TextTable.Column(title, true), row -> cell.apply(row.peer()));
        }

        /** Empty where the kernel does not know the socket. */
        static Column figure(String title, Function<SocketView, String> cell) {
            return new Column(
                    new TextTable.Column(title, true),
                    row -> row.socket() == null ? "" : cell.apply(row.socket()));
        }
    }

    private PeerTable() {}

    /**
     * The table, and where there are more pages a line with the cursor of the next.
     *
     * @param now up to when a peer is idle, and up unless it is closed
     */
    static String print(PeerPage page, Instant now) {
        List<Column> columns = columns(page.peers(), now);
        TextTable table = new TextTable(columns.stream().map(Column::head).toList());
        for (PeerRow row : page.peers()) {
            table.add(columns.stream().map(column -> column.cell().apply(row)).toList());
        }
        String more =
                page.next() == null
                        ? ""
                        : "%d of %d; next: %s\n"
                                .formatted(page.peers().size(), page.total(), page.next());
        return table + more;
    }

    private static List<Column> columns(List<PeerRow> rows, Instant now) {
        List<Column> columns = new ArrayList<>();
        columns.add(Column.text("ID", peer -> peer.id().toString()));
        columns.add(Column.text("NAME", Peer::name));
        columns.add(Column.text("GROUPS", peer -> String.join(",", peer.groups())));
        columns.add(Column.text("PEERNAME", peer -> peer.peername().toString()));
        columns.add(Column.text("LISTENER", Peer::listener));
        columns.add(Column.text("STATE", peer -> peer.state().word()));
        columns.add(Column.amount("UP", peer -> up(peer, now)));
        columns.add(Column.amount("IDLE", peer -> time(peer.lastActiveAt(), now)));
        columns.add(Column.amount("RECEIVED", peer -> Humane.bytes(peer.received().bytes())));
        columns.add(Column.amount("SENT", peer -> Humane.bytes(peer.sent().bytes())));
        columns.add(Column.amount("QUEUED", peer -> Humane.bytes(peer.queued().bytes())));
        if (rows.stream().anyMatch(row -> row.socket() != null)) {
            columns.add(Column.figure("RTT", socket -> millis(socket.rtt())));
            columns.add(Column.figure("UNACKED", socket -> bytes(socket.unackedBytes())));
            columns.add(Column.figure("RETRANS", socket -> number(socket.totalRetransmits())));
        }
        if (rows.stream().anyMatch(row -> note(row.peer()) != null)) {
            columns.add(Column.text("NOTE", PeerTable::note));
        }
        return columns;
    }

    private static String up(Peer peer, Instant now) {
        return time(peer.connectedAt(), Objects.requireNonNullElse(peer.closedAt(), now));
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
