package io.switchboard.mailbox;

import io.switchboard.cluster.Cluster;
import io.switchboard.cluster.Node;
import io.switchboard.cluster.RpcHandler;
import io.switchboard.cluster.RpcMethod;
import io.switchboard.cluster.RpcResult;
import io.switchboard.cluster.Scoped;
import io.switchboard.peer.Reach;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.springframework.stereotype.Component;

/**
 * Finds the listeners at which peers of other nodes have certain names now. This is the handler of
 * these requests too. Thread-safe.
 */
@Component
final class RemoteListeners implements RpcHandler<RemoteListeners.Request, RemoteListeners.Answer> {
    private static final RpcMethod<Request, Answer> METHOD =
            new RpcMethod<>("mailbox-listeners", Request.class, Answer.class);

    /** A node that does not answer in this time has none: its messages are stored all the same. */
    private static final Duration LIMIT = Duration.ofMillis(500);

    /**
     * The names of which the listeners are asked.
     *
     * @param reach only the listeners of peers in it are told
     */
    record Request(List<String> names, Reach reach) implements Scoped {
        Request {
            reach = Reach.orAll(reach);
            names = List.copyOf(Objects.requireNonNullElse(names, List.of()));
        }
    }

    /** The names of listeners. */
    record Answer(List<String> listeners) {
        Answer {
            listeners = List.copyOf(Objects.requireNonNullElse(listeners, List.of()));
        }
    }

    private final Cluster cluster;
    private final Courier courier;

    RemoteListeners(Cluster cluster, Courier courier) {
        this.cluster = cluster;
        this.courier = courier;
    }

    /**
     * Returns the names of the listeners at which other nodes have a peer in reach with one of
     * these names. Blocks.
     */
    Set<String> of(List<String> names, Reach reach) throws InterruptedException {
        List<Node> others = cluster.others();
        Set<String> listeners = new TreeSet<>();
        if (others.isEmpty()) {
            return listeners;
        }
        Collection<CompletableFuture<RpcResult<Answer>>> answers =
                cluster.callAll(others, METHOD, new Request(names, reach)).values();
        try {
            CompletableFuture.allOf(answers.toArray(CompletableFuture<?>[]::new))
                    .get(LIMIT.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            // those that have answered count
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
        for (CompletableFuture<RpcResult<Answer>> each : answers) {
            if (each.isDone()) {
                each.join().toOptional().ifPresent(answer -> listeners.addAll(answer.listeners()));
            }
        }
        return listeners;
    }

    @Override
    public RpcMethod<Request, Answer> method() {
        return METHOD;
    }

    @Override
    public Answer handle(Request request, long sentAt) {
        return new Answer(
                request.names().stream()
                        .flatMap(name -> courier.sessions(name).stream())
                        .filter(request.reach()::includes)
                        .map(each -> each.listener().name())
                        .distinct()
                        .toList());
    }
}
