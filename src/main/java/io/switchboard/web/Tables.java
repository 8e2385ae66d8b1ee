package io.switchboard.web;

import io.switchboard.cluster.Node;
import io.switchboard.kernel.KernelSockets.AcceptQueue;
import io.switchboard.kernel.KernelSockets.DatagramQueue;
import io.switchboard.query.GroupService;
import io.switchboard.query.PeerPage;
import java.util.List;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What is a table for people: peers, listeners, groups. */
@Configuration(proxyBeanMethods = false)
class Tables {

    @Bean
    TableConverter<PeerPage> peerTable() {
        return new TableConverter<>(PeerPage.class, PeerTable::print);
    }

    @Bean
    TableConverter<GroupService.Groups> groupTable() {
        return new TableConverter<>(GroupService.Groups.class, Tables::print);
    }

    @Bean
    TableConverter<NodesController.Page> nodeTable() {
        return new TableConverter<>(NodesController.Page.class, Tables::print);
    }

    private static String print(NodesController.Page page) {
        TextTable table =
                new TextTable(
                        List.of(
                                new TextTable.Column("ID", false),
                                new TextTable.Column("NAME", false),
                                new TextTable.Column("HOST", false),
                                new TextTable.Column("PEERS", true),
                                new TextTable.Column("NOTE", false)));
        for (NodesController.Row row : page.nodes()) {
            Node node = row.node();
            String name = node.name();
            String note = (row.self() ? "this one" : "") + (node.draining() ? " draining" : "");
            table.add(
                    List.of(
                            node.id(),
                            name == null ? "" : name,
                            node.host(),
                            "" + node.peers(),
                            note.strip()));
        }
        return table.toString();
    }

    @Bean
    TableConverter<ListenersController.Page> listenerTable() {
        return new TableConverter<>(ListenersController.Page.class, Tables::print);
    }

    private static String print(GroupService.Groups groups) {
        TextTable table =
                new TextTable(
                        List.of(
                                new TextTable.Column("GROUP", false),
                                new TextTable.Column("PEERS", true)));
        groups.groups().forEach(each -> table.add(List.of(each.name(), "" + each.peers())));
        return table.toString();
    }

    private static String print(ListenersController.Page page) {
        TextTable table =
                new TextTable(
                        List.of(
                                new TextTable.Column("LISTENER", false),
                                new TextTable.Column("TRANSPORT", false),
                                new TextTable.Column("ADDRESS", false),
                                new TextTable.Column("FRAMING", false),
                                new TextTable.Column("PEERS", true),
                                new TextTable.Column("MOST", true),
                                new TextTable.Column("QUEUE", true),
                                new TextTable.Column("NOTE", false)));
        for (ListenersController.Row row : page.listeners()) {
            table.add(
                    List.of(
                            row.name(),
                            row.transport(),
                            row.address() == null ? "" : row.address().toString(),
                            row.framing(),
                            "" + row.peers(),
                            "" + row.maxConnections(),
                            queue(row),
                            note(row)));
        }
        return table.toString();
    }

    /** How full the kernel's queue is, of how much: connections, or bytes of datagrams. */
    private static String queue(ListenersController.Row row) {
        AcceptQueue accept = row.acceptQueue();
        DatagramQueue receive = row.receiveQueue();
        if (accept != null) {
            return accept.waiting() + "/" + accept.limit();
        }
        return receive == null
                ? ""
                : Humane.bytes(receive.waiting()) + "/" + Humane.bytes(receive.limit());
    }

    private static String note(ListenersController.Row row) {
        DatagramQueue receive = row.receiveQueue();
        if (!row.listening()) {
            return "not listening";
        }
        return receive == null || receive.dropped() == 0 ? "" : receive.dropped() + " dropped";
    }
}
