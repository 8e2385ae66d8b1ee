package io.switchboard.transport.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.management.ThreadMXBean;
import io.switchboard.peer.ListenerCounters;
import io.switchboard.peer.ListenerCounters.ListenerMetric;
import io.switchboard.peer.Listeners;
import io.switchboard.testkit.Api;
import io.switchboard.testkit.Child;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.SocketHolder;
import io.switchboard.testkit.WithService;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.util.Arrays;
import java.util.function.LongUnaryOperator;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.springframework.beans.factory.annotation.Autowired;

/** Accepting a connection costs the same with 10,000 peers as with 100: no code iterates them. */
@WithService
@Isolated("compares what the JVM's threads allocate")
class AcceptCostIT {
    private static final int FEW = 100;
    private static final int MANY = 10_000;
    private static final int CONNECTS = 1_000;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /**
     * Cost of the accepted connections.
     *
     * @param allocated bytes allocated by the accepting thread and the event loops
     * @param cpu CPU time of the accepting thread, nanoseconds
     */
    private record Cost(long allocated, long cpu) {

        static Cost soFar() {
            return new Cost(
                    sum(
                            name -> name.startsWith("accept-") || name.startsWith("loop-"),
                            THREADS::getThreadAllocatedBytes),
                    sum(name -> name.startsWith("accept-"), THREADS::getThreadCpuTime));
        }

        private static long sum(Predicate<String> names, LongUnaryOperator metric) {
            return Arrays.stream(THREADS.dumpAllThreads(false, false))
                    .filter(thread -> names.test(thread.getThreadName()))
                    .mapToLong(ThreadInfo::getThreadId)
                    .map(metric)
                    .sum();
        }

        Cost since(Cost before) {
            return new Cost(allocated - before.allocated, cpu - before.cpu);
        }
    }

    private final RunningService service;
    private final Api api;
    private final ListenerCounters counters;

    AcceptCostIT(@Autowired RunningService service, @Autowired Listeners listeners) {
        this.service = service;
        this.api = service.api();
        this.counters = listeners.find("default").orElseThrow().counters();
    }

    @Test
    void acceptCostDoesNotDependOnTheNumberOfPeers() throws Exception {
        api.awaitTotal(0);
        try (Child holder = SocketHolder.start(service.port())) {
            SocketHolder.hold(holder, FEW);
            api.awaitTotal(FEW);
            costOfConnects(FEW);
            Cost withFew = costOfConnects(FEW);

            SocketHolder.hold(holder, MANY);
            api.awaitTotal(MANY);
            Cost withMany = costOfConnects(MANY);

            assertThat((double) withMany.allocated() / withFew.allocated()).isLessThan(2);
            assertThat((double) withMany.cpu() / withFew.cpu()).isLessThan(5);
        }
    }

    /** Measures 1,000 connections that connect and close one after another. */
    private Cost costOfConnects(int others) throws Exception {
        Cost before = Cost.soFar();
        long accepted = counters.get(ListenerMetric.ACCEPTED);
        for (int i = 0; i < CONNECTS; i++) {
            service.connect().close();
        }
        await().until(() -> counters.get(ListenerMetric.ACCEPTED) >= accepted + CONNECTS);
        await().until(() -> counters.peers() == others);
        return Cost.soFar().since(before);
    }
}
