package io.switchboard.cluster;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.switchboard.node.Operation;
import io.switchboard.node.Request;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.LongUnaryOperator;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does what other nodes ask of this one, each command on a virtual thread of its own, and tells
 * them meanwhile that it is at work.
 *
 * <p>A command that has expired is dropped: whoever asked has given it up, and has told its client
 * so. One that this node cannot hold is answered at once. Thread-safe.
 */
final class Desk {
    private static final Logger log = LoggerFactory.getLogger(Desk.class);

    /** What takes less is answered before anybody would wonder. */
    private static final Duration SHORT = Duration.ofMillis(300);

    private static final long MOST_COMMANDS = 20_000;
    private static final long MOST_BYTES = 64L * 1024 * 1024;

    /** One that is being done. */
    private record Work(String from, long id, long begun, int bytes) {}

    private final Supplier<Map<String, Operation>> operations;
    private final Predicate<Message.Command> expired;
    private final LongUnaryOperator moment;
    private final String self;
    private final BiConsumer<String, Message> say;
    private final Map<Work, Work> works = new ConcurrentHashMap<>();
    private final AtomicLong bytes = new AtomicLong();
    private final Counter done;
    private final Counter dropped;
    private final Counter refused;

    /**
     * @param expired whether nobody waits for its beginning any more
     * @param moment when a command was said, at the latest, by this node's {@link System#nanoTime}
     * @param self this node's id
     * @param say sends to the node of this id
     */
    Desk(
            Supplier<Map<String, Operation>> operations,
            Predicate<Message.Command> expired,
            LongUnaryOperator moment,
            String self,
            BiConsumer<String, Message> say,
            MeterRegistry meters) {
        this.operations = operations;
        this.expired = expired;
        this.moment = moment;
        this.self = self;
        this.say = say;
        done = counter(meters, "done");
        dropped = counter(meters, "expired");
        refused = counter(meters, "refused");
    }

    private static Counter counter(MeterRegistry meters, String result) {
        return Counter.builder("switchboard.cluster.commands")
                .baseUnit("commands")
                .description("What other nodes asked of this one, by what it did")
                .tag("result", result)
                .register(meters);
    }

    /** Begins to do it, and returns. */
    void take(Message.Command command) {
        int size = command.request().length;
        if (works.size() >= MOST_COMMANDS || bytes.get() + size > MOST_BYTES) {
            refuse(command);
            return;
        }
        Work work = new Work(command.from(), command.id(), System.nanoTime(), size);
        works.put(work, work);
        bytes.addAndGet(size);
        Thread.ofVirtual()
                .name("cluster-command")
                .start(
                        () -> {
                            try {
                                run(command);
                            } finally {
                                works.remove(work);
                                bytes.addAndGet(-size);
                            }
                        });
    }

    private void run(Message.Command command) {
        // asked here, by the thread that does it: it may have waited for a processor
        if (expired.test(command)) {
            dropped.increment();
            return;
        }
        Operation operation = operations.get().get(command.operation());
        if (operation == null) {
            refuse(command);
            return;
        }
        try {
            long asked = moment.applyAsLong(command.at());
            byte[] answer = operation.answer(new Request(command.request(), asked));
            done.increment();
            reply(command, Message.Outcome.DONE, answer);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            reply(command, Message.Outcome.FAULTY, new byte[0]);
        } catch (RuntimeException e) {
            log.error("{} for {} failed", command.operation(), command.from(), e);
            reply(command, Message.Outcome.FAULTY, new byte[0]);
        }
    }

    private void refuse(Message.Command command) {
        refused.increment();
        reply(command, Message.Outcome.BUSY, new byte[0]);
    }

    private void reply(Message.Command command, Message.Outcome outcome, byte[] content) {
        say.accept(command.from(), new Message.Reply(self, command.id(), outcome, content));
    }

    /** Tells those who wait that they do not wait for nothing. Called again and again. */
    void sayAtWork() {
        long now = System.nanoTime();
        Map<String, List<Long>> ids = new HashMap<>();
        for (Work each : works.keySet()) {
            if (now - each.begun() > SHORT.toNanos()) {
                ids.computeIfAbsent(each.from(), _ -> new ArrayList<>()).add(each.id());
            }
        }
        ids.forEach(
                (node, all) ->
                        say.accept(
                                node,
                                new Message.AtWork(
                                        self, all.stream().mapToLong(Long::longValue).toArray())));
    }
}
