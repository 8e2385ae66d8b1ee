package io.switchboard.web;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.switchboard.cluster.Node;
import io.switchboard.kernel.KernelSockets.AcceptQueue;
import io.switchboard.kernel.KernelSockets.DatagramQueue;
import io.switchboard.query.GroupService;
import io.switchboard.query.PeerListService.PeerPage;
import java.io.IOException;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpInputMessage;
import org.springframework.http.HttpOutputMessage;
import org.springframework.http.MediaType;
import org.springframework.http.converter.AbstractHttpMessageConverter;
import org.springframework.http.converter.HttpMessageNotReadableException;

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

    /** Answers {@code Accept: text/plain} with a table. */
    static final class TableConverter<T> extends AbstractHttpMessageConverter<T> {
        /** With its charset: the filter that would say it is off. */
        static final String TEXT = "text/plain;charset=UTF-8";

        private final Class<T> type;
        private final Function<T, String> table;

        /**
         * @param type what the table is made of
         */
        TableConverter(Class<T> type, Function<T, String> table) {
            super(MediaType.parseMediaType(TEXT));
            this.type = type;
            this.table = table;
        }

        @Override
        protected boolean supports(Class<?> asked) {
            return asked == type;
        }

        @Override
        public boolean canRead(Class<?> asked, @Nullable MediaType mediaType) {
            return false;
        }

        @Override
        protected T readInternal(Class<? extends T> asked, HttpInputMessage message) {
            throw new HttpMessageNotReadableException("tables are only written", message);
        }

        @Override
        protected void writeInternal(T page, HttpOutputMessage message) throws IOException {
            message.getBody().write(table.apply(page).getBytes(UTF_8));
        }
    }
}
