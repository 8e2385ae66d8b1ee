package io.switchboard.delivery;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.springframework.stereotype.Component;

/**
 * What this node did under each client's key, for five minutes: a client that was not told, and
 * tries again, perhaps by another node, gets that, and its message is not sent twice. Thread-safe.
 *
 * <p>Where nothing was sent it is forgotten at once, so that it can be tried again. Not used by a
 * single node, which remembers whole answers.
 */
@Component
final class FirstParts {
    private static final Duration KEPT = Duration.ofMinutes(5);
    private static final long MOST = 100_000;

    /**
     * @param hash of what was asked
     */
    private record First(int hash, CompletableFuture<NodeResult> part) {}

    private final LocalDelivery delivery;
    private final Cache<String, First> firsts =
            Caffeine.newBuilder().expireAfterWrite(KEPT).maximumSize(MOST).build();

    FirstParts(LocalDelivery delivery) {
        this.delivery = delivery;
    }

    /**
     * What becomes, or became, of it at this node.
     *
     * @param cutoff who may be meant
     */
    NodeResult part(NodeResult.Asked asked, ConnectionCutoff cutoff) throws InterruptedException {
        String key = asked.key();
        if (key == null) {
            return send(asked, cutoff);
        }
        First own = new First(asked.hash(), new CompletableFuture<>());
        First earlier = firsts.asMap().putIfAbsent(key, own);
        if (earlier == null) {
            return first(key, own, asked, cutoff);
        }
        if (earlier.hash() != asked.hash()) {
            return new NodeResult.Refused(
                    NodeResult.Why.KEY_REUSED,
                    "Idempotency-Key '" + key + "' stood for another message: each needs its own");
        }
        try {
            return earlier.part().get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("the first of this key broke off", e.getCause());
        }
    }

    private NodeResult first(String key, First own, NodeResult.Asked asked, ConnectionCutoff cutoff)
            throws InterruptedException {
        try {
            NodeResult part = send(asked, cutoff);
            own.part().complete(part);
            if (isNothing(part)) {
                firsts.asMap().remove(key, own);
            }
            return part;
        } catch (InterruptedException | RuntimeException | Error e) {
            own.part().completeExceptionally(e);
            throw e;
        }
    }

    /** Whether nobody's outbox has ever held it. */
    private static boolean isNothing(NodeResult part) {
        return switch (part) {
            case NodeResult.Refused _ -> true;
            case NodeResult.Reported(DeliveryReport report) ->
                    report.matched() == report.failed()
                            && report.results().size() == report.matched()
                            && report.listed().stream()
                                    .allMatch(
                                            each ->
                                                    each.outcome() instanceof Outcome.Failed failed
                                                            && !failed.accepted());
        };
    }

    private NodeResult send(NodeResult.Asked asked, ConnectionCutoff cutoff)
            throws InterruptedException {
        try {
            return new NodeResult.Reported(delivery.send(asked.send(), asked.delivery(), cutoff));
        } catch (BadPayload e) {
            return new NodeResult.Refused(
                    NodeResult.Why.BAD_PAYLOAD, String.valueOf(e.getMessage()));
        } catch (TooLong e) {
            return new NodeResult.Refused(NodeResult.Why.TOO_LONG, String.valueOf(e.getMessage()));
        }
    }
}
