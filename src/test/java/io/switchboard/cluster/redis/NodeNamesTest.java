package io.switchboard.cluster.redis;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.switchboard.cluster.Node;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class NodeNamesTest {
    private final Logger logger = (Logger) LoggerFactory.getLogger(NodeNames.class);
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
    private final NodeNames names = new NodeNames();

    @BeforeEach
    void listen() {
        lines.start();
        logger.addAppender(lines);
    }

    @AfterEach
    void stopListening() {
        logger.detachAppender(lines);
    }

    private static Node node(String id, @Nullable String name) {
        return new Node(id, name, "host-" + id, null, 0, false);
    }

    private void look(int second, Node... others) {
        names.look(node("own", "a"), List.of(others), TimeUnit.SECONDS.toNanos(second));
    }

    @Test
    void warnsOnceOfANodeWithTheSameName() {
        for (int second = 0; second < 30; second++) {
            look(second, node("x", "b"), node("y", "a"));
        }
        assertThat(lines.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly(
                        "cluster: node y on host host-y has the name a too: set switchboard.cluster.node to a name of its own at each node");
    }

    @Test
    void aNodeWithAnotherNameIsNone() {
        for (int second = 0; second < 30; second++) {
            look(second, node("x", "b"), node("y", null));
        }
        assertThat(lines.list).isEmpty();
    }

    /** After a crash, the lease before is there until it expires. */
    @Test
    void theLeaseBeforeARestartIsNone() {
        for (int second = 0; second < 6; second++) {
            look(second, node("before", "a"));
        }
        for (int second = 6; second < 30; second++) {
            look(second);
        }
        look(30, node("y", "a"));
        assertThat(lines.list).isEmpty();
    }
}
