package io.switchboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.management.ThreadMXBean;
import io.switchboard.peer.ListenerCounters;
import io.switchboard.peer.ListenerCounters.Count;
import io.switchboard.peer.Listeners;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.LongUnaryOperator;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.springframework.beans.factory.annotation.Autowired;

/** Taking one more connection costs the same with 10,000 peers as with 100: nothing walks them. */
@WithService
@Isolated("compares what the JVM's threads allocate")
class AcceptCostIT {
    private static final int FEW = 100;
    private static final int MANY = 10_000;
    private static final int CONNECTS = 1_000;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /**
     * @param allocated bytes, by the accepting thread and the event loops
     * @param cpu nanoseconds of the accepting thread
     */
    private record Cost(long allocated, long cpu) {

        static Cost soFar() {
            return new Cost(
                    sum(
                            name -> name.startsWith("accept-") || name.startsWith("loop-"),
                            THREADS::getThreadAllocatedBytes),
                    sum(name -> name.startsWith("accept-"), THREADS::getThreadCpuTime));
        }

        private static long sum(Predicate<String> names, LongUnaryOperator figure) {
            return Arrays.stream(THREADS.dumpAllThreads(false, false))
                    .filter(thread -> names.test(thread.getThreadName()))
                    .mapToLong(ThreadInfo::getThreadId)
                    .map(figure)
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
    void acceptCostsTheSameHoweverManyAreConnected() throws Exception {
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

    /** So many connect and leave, one after the other. */
    private Cost costOfConnects(int others) throws Exception {
        Cost before = Cost.soFar();
        long accepted = counters.get(Count.ACCEPTED);
        for (int i = 0; i < CONNECTS; i++) {
            service.connect().close();
        }
        await().atMost(Duration.ofSeconds(30))
                .until(() -> counters.get(Count.ACCEPTED) >= accepted + CONNECTS);
        await().atMost(Duration.ofSeconds(30)).until(() -> counters.peers() == others);
        return Cost.soFar().since(before);
    }
}
