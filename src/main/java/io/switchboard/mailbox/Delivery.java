package io.switchboard.mailbox;

import io.switchboard.delivery.StoredDelivery.Attempt;
import io.switchboard.delivery.StoredDelivery.Stage;
import io.switchboard.mailbox.MessageRows.Claimed;
import io.switchboard.peer.PeerSession;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A message that is offered to the peers with its name. Only the thread {@code mailbox} uses it.
 */
final class Delivery {
    private static final long FIRST_PAUSE = TimeUnit.MICROSECONDS.toNanos(200);
    private static final long LONGEST_PAUSE = TimeUnit.MILLISECONDS.toNanos(500);

    private final Claimed message;
    private final long expires;
    private final List<Attempt> attempts = new ArrayList<>(1);
    private @Nullable String objection;
    private long pause = FIRST_PAUSE;

    /**
     * @param expires the {@link System#nanoTime} at which it expires
     */
    Delivery(Claimed message, long expires) {
        this.message = message;
        this.expires = expires;
    }

    Claimed message() {
        return message;
    }

    void add(Attempt attempt) {
        attempts.add(attempt);
    }

    List<Attempt> attempts() {
        return attempts;
    }

    /** Notes why a peer cannot get the message. */
    void objection(String reason) {
        objection = reason;
    }

    /** Returns why none of the peers can get it; null if one can. */
    @Nullable String objection() {
        return attempts.isEmpty() ? objection : null;
    }

    /** Returns how far it has come; null if an attempt is not decided. */
    @Nullable Stage outcome() {
        Set<Stage> stages = attempts.stream().map(Attempt::stage).collect(Collectors.toSet());
        for (Stage best : List.of(Stage.ACKED, Stage.UNACKNOWLEDGEABLE)) {
            if (stages.contains(best)) {
                return best;
            }
        }
        if (stages.contains(Stage.QUEUED) || stages.contains(Stage.WRITTEN)) {
            return null;
        }
        if (stages.contains(Stage.FAILED)) {
            return Stage.FAILED;
        }
        return stages.contains(Stage.EXPIRED) ? Stage.EXPIRED : Stage.REFUSED;
    }

    /**
     * Returns whether a write may have begun, now that the attempts are decided. None has if no
     * outbox took the message, or every one removed it at its deadline.
     */
    boolean mayHaveBegun() {
        Stage outcome = outcome();
        return outcome != Stage.REFUSED && outcome != Stage.EXPIRED;
    }

    @Nullable PeerSession session() {
        return attempts.isEmpty() ? null : attempts.getFirst().session();
    }

    /**
     * Returns the {@link System#nanoTime} of the next look at the attempts, which nobody calls for:
     * at the deadline of one that waits, and with growing pauses while the kernel has to be asked
     * for an acknowledgement. Empty if every change is announced.
     */
    OptionalLong nextLook(long now) {
        long wait = Long.MAX_VALUE;
        boolean asks = false;
        for (Attempt each : attempts) {
            if (each.awaitsDeadline()) {
                wait = Math.min(wait, Math.max(0, each.deadline() - now));
            } else if (each.stage() == Stage.WRITTEN) {
                asks = true;
            }
        }
        if (asks) {
            wait = Math.min(wait, pause);
            pause = Math.min(2 * pause, LONGEST_PAUSE);
        }
        return wait == Long.MAX_VALUE ? OptionalLong.empty() : OptionalLong.of(now + wait);
    }

    /**
     * Returns when a write of the message must not begin any more.
     *
     * @param claimed the {@link System#nanoTime} until which this node may write to the name
     */
    long deadline(long claimed) {
        return expires - claimed < 0 ? expires : claimed;
    }

    /** Notes that the claim was renewed. */
    void extend(long claimed) {
        attempts.forEach(each -> each.extend(deadline(claimed)));
    }
}
