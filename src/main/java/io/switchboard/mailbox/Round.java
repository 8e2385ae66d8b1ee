package io.switchboard.mailbox;

import io.switchboard.delivery.StoredDelivery.Stage;
import io.switchboard.events.Event;
import io.switchboard.events.EventStream;
import io.switchboard.events.EventType;
import io.switchboard.mailbox.ClaimRows.Holder;
import io.switchboard.mailbox.MessageRows.Claimed;
import io.switchboard.mailbox.StoredMessage.State;
import io.switchboard.peer.PeerSession;
import io.switchboard.store.Transaction;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a round of the {@link Courier} does in the database: it ends the attempts that are decided,
 * claims names and begins their attempts, renews claims, and expires what is due, in one
 * transaction.
 *
 * @param self the id of this node
 * @param peers the peers of the names whose next message is to be sent
 * @param renewals the names whose claims are to be renewed
 * @param due messages whose time has passed
 * @param recovery what to do first after a commit that may have failed; null if there was none
 */
record Round(
        String self,
        List<Delivery> decided,
        Map<String, List<PeerSession>> peers,
        List<String> renewals,
        List<StoredMessage> due,
        @Nullable Recovery recovery) {

    /**
     * @param kept the ids of the messages that are under way
     * @param shared whether other nodes may send messages too
     */
    record Recovery(Set<String> kept, boolean shared) {}

    /**
     * An attempt that was decided.
     *
     * @param lost whether another node has begun a later attempt, or has ended the message
     */
    record Ended(Delivery delivery, State state, boolean lost) {}

    /**
     * What the round did.
     *
     * @param total what waits after the round; null if it was not counted
     * @param contested names with mail that another node sends
     */
    record Result(
            @Nullable MailboxSize total,
            List<Ended> ended,
            List<Claimed> claimed,
            List<String> contested,
            List<String> renewed,
            MessageRows.Expired expired,
            Transaction transaction) {}

    boolean isEmpty() {
        return decided.isEmpty()
                && peers.isEmpty()
                && renewals.isEmpty()
                && due.isEmpty()
                && recovery == null;
    }

    /** Returns the names whose rows the transaction changes. */
    Set<String> names() {
        Set<String> names = new HashSet<>(peers.keySet());
        decided.forEach(each -> names.add(each.message().name()));
        names.addAll(renewals);
        due.forEach(each -> names.add(each.name()));
        return names;
    }

    /**
     * @param events is told of each message that ends, in this transaction
     */
    Result execute(Transaction in, Claims claims, EventStream events) {
        if (recovery != null && !recovery.shared()) {
            MessageRows.releaseOthers(in, recovery.kept());
        }
        Set<String> idle = new HashSet<>();
        List<Ended> ended = new ArrayList<>();
        for (Delivery each : decided) {
            ended.add(end(in, each, events));
            idle.add(each.message().name());
        }
        List<Claimed> claimed = new ArrayList<>();
        List<String> contested = new ArrayList<>();
        claim(in, idle, claimed, contested);
        List<String> taken = claimed.stream().map(Claimed::name).toList();
        if (!taken.isEmpty()) {
            ClaimRows.take(in, self, taken, claims.until(in));
            taken.forEach(idle::remove);
        }
        if (!idle.isEmpty()) {
            ClaimRows.release(in, self, idle);
        }
        List<String> renewed =
                renewals.isEmpty()
                        ? List.of()
                        : ClaimRows.renew(in, self, renewals, claims.until(in));
        MessageRows.Expired expired = MessageRows.expire(in, due);
        for (StoredMessage each : expired.messages()) {
            events.store(
                    in,
                    EventType.MESSAGE_EXPIRED,
                    each.event(),
                    null,
                    expired.listener(each.name()));
        }
        MailboxSize total = recovery == null ? null : MessageRows.total(in);
        return new Result(total, ended, claimed, contested, renewed, expired, in);
    }

    private Ended end(Transaction in, Delivery each, EventStream events) {
        Claimed message = each.message();
        State state = stateAfter(each, in.now());
        boolean lost = false;
        if (state != State.STORED) {
            MessageRows.End end = end(in, each, state);
            lost = end == MessageRows.End.LOST;
            if (end == MessageRows.End.NOW) {
                events.store(
                        in,
                        state.event(),
                        new Event.Stored(message.id(), message.name()),
                        each.session(),
                        null);
            }
        } else if (each.mayHaveBegun()) {
            MessageRows.release(in, message);
        } else {
            MessageRows.undoAttempt(in, message, self);
        }
        return new Ended(each, state, lost);
    }

    private MessageRows.End end(Transaction in, Delivery each, State to) {
        if (each.mayHaveBegun()) {
            return MessageRows.endAttempt(in, each.message(), to);
        }
        Claimed before = each.message().withoutAttempt();
        return MessageRows.undoAttempt(in, each.message(), self)
                ? MessageRows.endAttempt(in, before, to)
                : MessageRows.endedEarlier(in, before, to);
    }

    private static State stateAfter(Delivery each, long now) {
        if (each.objection() != null) {
            return State.CANCELLED;
        }
        Stage outcome = each.outcome();
        return switch (outcome == null ? Stage.FAILED : outcome) {
            case ACKED -> State.ACKED;
            case UNACKNOWLEDGEABLE -> State.WRITTEN;
            case EXPIRED, QUEUED, WRITTEN, FAILED, REFUSED ->
                    now >= each.message().expiresAt() ? State.EXPIRED : State.STORED;
        };
    }

    /**
     * Begins an attempt at the next message of each name that no other node sends.
     *
     * @param idle the names whose attempts have ended, also those of a claim that nobody knows
     */
    private void claim(
            Transaction in, Set<String> idle, List<Claimed> claimed, List<String> contested) {
        if (peers.isEmpty()) {
            return;
        }
        Map<String, Optional<String>> lastSeen = MessageRows.withMail(in, peers.keySet());
        for (Holder each : ClaimRows.holders(in, peers.keySet())) {
            String name = each.name();
            if (each.isOther(self, in.now())) {
                contested.add(name);
                continue;
            }
            if (each.owner() != null && !idle.contains(name)) {
                ClaimRows.resume(in, name);
                idle.add(name);
            }
            List<PeerSession> sessions = peers.getOrDefault(name, List.of());
            MessageRows.claim(in, name, ids(sessions)).ifPresent(claimed::add);
            Optional<String> seenAt =
                    sessions.stream().findFirst().map(first -> first.listener().name());
            if (seenAt.isPresent() && !seenAt.equals(lastSeen.get(name))) {
                MessageRows.seenAt(in, name, seenAt.get());
            }
        }
    }

    private static String ids(List<PeerSession> sessions) {
        return sessions.stream().map(each -> each.id().toString()).collect(Collectors.joining(" "));
    }
}
