package io.switchboard.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.Child;
import io.switchboard.testkit.Footprint;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.SocketHolder;
import io.switchboard.testkit.WithService;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.springframework.beans.factory.annotation.Autowired;

/**
 * Measures the memory of an idle peer: no thread, no buffer, a few small objects. A send buffer or
 * a thread's stack per peer would take a hundred times as much.
 */
@WithService
@Isolated("compares the JVM's heap and threads")
class PeerMemoryIT {
    private static final int BEFORE = 200;
    private static final int PEERS = 2_000;

    private static final long MAX_BYTES_PER_PEER = 6_000;
    private static final long DIRECT_SLACK = 2_000_000;
    private static final int THREAD_SLACK = 5;

    private final RunningService service;
    private final Api api;

    PeerMemoryIT(@Autowired RunningService service) {
        this.service = service;
        this.api = service.api();
    }

    @Test
    void anIdlePeerTakesNoThreadAndFewBytes() throws Exception {
        api.awaitTotal(0);
        try (Child holder = SocketHolder.start(service.port())) {
            Footprint few = footprintWith(holder, BEFORE);
            Footprint many = footprintWith(holder, BEFORE + PEERS);

            assertThat((many.heap() - few.heap()) / PEERS).isLessThan(MAX_BYTES_PER_PEER);
            assertThat(many.direct() - few.direct()).isLessThan(DIRECT_SLACK);
            assertThat(many.threads() - few.threads()).isLessThanOrEqualTo(THREAD_SLACK);
        }
    }

    /** Returns the footprint after each peer has connected and has been sent a line. */
    private Footprint footprintWith(Child holder, int peers) throws Exception {
        SocketHolder.hold(holder, peers);
        api.awaitTotal(peers);
        Api.Answer answer = api.post("/send?to=all", "a line for each of you");
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        assertThat(answer.json().get("written").asInt()).isEqualTo(peers);
        return Footprint.now();
    }
}
