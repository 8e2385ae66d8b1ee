package io.switchboard.receive;

import com.google.re2j.Matcher;
import io.switchboard.peer.LinearPattern;
import io.switchboard.peer.PeerData.PeerKey;
import io.switchboard.peer.PeerSession;
import io.switchboard.receive.RequestReply.Reply;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.SequencedSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The requests to one peer that wait for a reply. It matches the frames of the peer with them.
 *
 * <pre>
 *            first in its queue              reply received
 *   QUEUED ─────────────────────▶ ACTIVE ──────────────────────▶ done
 *     │                             │
 *     │ timeout                     │ timeout
 *     ▼                             ▼             a frame arrives, or the wait is over
 *   done                   LATE REPLY EXPECTED ────────────────────────────────▶ done
 *
 *            reply or failed send, peer out of reach               timeout
 *   ACTIVE ────────────────────────────────────────────▶ DROPPED ──────────▶ done
 * </pre>
 *
 * <p>Requests with the same key are sent one after the other; requests with different keys are sent
 * at the same time. In fifo order, all requests have the key {@link #IN_ORDER}. A frame does not
 * tell which of the requests with its key it answers. If a request times out, its late reply is
 * therefore expected for as long again as the request took, at most {@link #MAX_LATE_REPLY_WAIT}.
 * Meanwhile the next request with that key is not sent, and the next frame with that key counts as
 * the late reply and not as the reply to a later request.
 *
 * <p>A caller learns nothing of a peer that is out of its reach, not even when it sends something
 * or ends. So a request to such a peer ends by its timeout only. If it has been answered or cannot
 * be sent, it leaves its queue, so that the next request is sent, and the frame belongs to none.
 *
 * <p>{@link #lock} guards everything. The map is concurrent only so that an event loop can see
 * without the lock that it is empty. A request belongs to a {@link Caller}, whose thread sends it
 * if nothing is in front of it, and takes its result. After a reply, the peer's event loop sends
 * the next request itself, when it has processed what it has read, so that the peer does not wait
 * until a thread runs. If {@link #MAX_UNTAKEN} replies are not taken yet, the caller sends it when
 * it takes its reply. One of these changes wakes the caller's thread:
 *
 * <ul>
 *   <li>The request becomes the first of its queue because the one before it left without a reply,
 *       or because a late reply has arrived.
 *   <li>Its reply has arrived, or the event loop could not send it.
 *   <li>The peer has ended its stream, or is closed.
 * </ul>
 *
 * <p>An answer therefore wakes one caller and does O(1) work, however many wait. A queue without
 * requests remains while a late reply is expected. The next request, or the next frame with a key,
 * removes the queues whose time has passed. Races:
 *
 * <ul>
 *   <li>A reply that arrives while its request times out is used, because {@link Request#end} looks
 *       at the reply once more under the lock before the request leaves.
 *   <li>A request that was woken as the first may leave instead, because of its timeout, an
 *       interrupt or a send that fails: whoever leaves as the first wakes the next.
 *   <li>The first request is added while the peer ends its stream. The event loop notes the end and
 *       then looks for requests; whoever adds them then looks for the end. So no request waits for
 *       a peer that cannot reply.
 *   <li>A frame that arrives together with a reply belongs to neither request, because the event
 *       loop makes the next one active only after it.
 *   <li>A caller leaves while another thread sends its request. It waits until that thread has sent
 *       it, which does not block, so that nothing is sent for a caller that has left.
 * </ul>
 */
final class PendingRequests {
    /** The key of every request and every frame if replies are matched by their order. */
    static final String IN_ORDER = "";

    private static final PeerKey<PendingRequests> KEY = new PeerKey<>();

    /**
     * While more replies than this are not taken, the threads of their callers send the next
     * requests. If the event loop went on, a peer that answers faster than HTTP takes its answers
     * would fill the processors with callers, and the callers of other peers would wait for all of
     * them.
     */
    static final int MAX_UNTAKEN = 16;

    private static final long MAX_LATE_REPLY_WAIT = TimeUnit.SECONDS.toNanos(5);

    /**
     * A request; {@code active} once it is first in its queue and may be sent, {@code sending}
     * while a thread sends it, {@code refused} once that has failed, {@code sendsNext} if its
     * caller sends the request after it, {@code dropped} once it has left its queue because its
     * peer was out of reach. Only the caller's thread uses {@code done} and {@code retryAt}.
     */
    final class Request {
        private final RequestQueue queue;
        private final Caller caller;
        private final BooleanSupplier inReach;
        private final BooleanSupplier send;
        private final Consumer<Reply> result;
        private boolean active;
        private boolean sending;
        private boolean refused;
        private boolean sendsNext;
        private boolean dropped;
        private Reply.@Nullable Received reply;
        private boolean done;
        private OptionalLong retryAt = OptionalLong.empty();

        Request(
                RequestQueue queue,
                Caller caller,
                BooleanSupplier inReach,
                BooleanSupplier send,
                Consumer<Reply> result) {
            this.queue = queue;
            this.caller = caller;
            this.inReach = inReach;
            this.send = send;
            this.result = result;
        }

        boolean done() {
            return done;
        }

        /** Returns when to advance the request again, even if nothing wakes its caller before. */
        OptionalLong retryAt() {
            return retryAt;
        }

        /** Sends the request if its turn has come, and ends it if it has its reply or is closed. */
        void advance() {
            if (activate(this)) {
                send();
            } else if (isOver(this)) {
                end();
            }
        }

        /** Sends the request, which has just become active. */
        private void send() {
            boolean sent = false;
            try {
                sent = send.getAsBoolean();
            } finally {
                afterSend(this, sent);
            }
        }

        /** Ends the request, without a reply if it has none yet. */
        void end() {
            done = true;
            result.accept(finish(this));
            if (sendsNext) {
                sendFirst(queue);
            }
        }

        private void wake() {
            caller.wake(this);
        }
    }

    /**
     * The requests of one key, in the order of their arrival; a set, because a request may leave
     * from anywhere. The first is active, unless a late reply is expected.
     */
    private static final class RequestQueue {
        private final String key;
        private final SequencedSet<Request> requests = new LinkedHashSet<>(2);
        private @Nullable LateReply lateReply;

        RequestQueue(String key) {
            this.key = key;
        }

        @Nullable Request first() {
            return requests.isEmpty() ? null : requests.getFirst();
        }
    }

    /** The expectation of a late reply. It is over if its queue does not refer to it. */
    private static final class LateReply {
        private final RequestQueue queue;
        private final long until;

        LateReply(RequestQueue queue, long until) {
            this.queue = queue;
            this.until = until;
        }
    }

    private final Lock lock = new ReentrantLock();

    /** A request is not being sent any more. */
    private final Condition sendEnded = lock.newCondition();

    private final Map<String, RequestQueue> byKey = new ConcurrentHashMap<>(2);

    /** The expected late replies, the first to be given up first, and those that have arrived. */
    private final Queue<LateReply> lateReplies =
            new PriorityQueue<>(1, (one, other) -> Long.signum(one.until - other.until));

    private final @Nullable LinearPattern correlate;
    private final boolean takesUnfinished;
    private final Executor loop;

    /** The number of replies that their callers have not taken. */
    private int untaken;

    private boolean closed;

    /**
     * Matches by order if {@code correlate} is null, and by its first group otherwise.
     *
     * @param loop runs a task after the frames that the peer's event loop processes now
     */
    PendingRequests(@Nullable LinearPattern correlate, Executor loop) {
        this(correlate, false, loop);
    }

    private PendingRequests(
            @Nullable LinearPattern correlate, boolean takesUnfinished, Executor loop) {
        this.correlate = correlate;
        this.loop = loop;
        this.takesUnfinished = takesUnfinished;
    }

    /** Returns the requests to this session, which this creates if there are none. Thread-safe. */
    static PendingRequests of(PeerSession session) {
        PendingRequests existing = ifPresent(session);
        if (existing != null) {
            return existing;
        }
        PendingRequests created =
                session.data()
                        .computeIfAbsent(
                                KEY,
                                () ->
                                        new PendingRequests(
                                                session.listener().correlate(), session::execute));
        if (session.hasInputEnded()) {
            created.close();
        }
        return created;
    }

    /** Creates the requests to this session, whose replies are matched by their order. */
    static void matchByOrder(PeerSession session) {
        session.data()
                .computeIfAbsent(KEY, () -> new PendingRequests(null, true, session::execute));
    }

    /** Returns whether an unfinished frame at the end of the stream is a reply in any case. */
    boolean takesUnfinished() {
        return takesUnfinished;
    }

    /** Returns the requests to this session; null if there was none yet. */
    static @Nullable PendingRequests ifPresent(PeerSession session) {
        return session.data().get(KEY);
    }

    /**
     * Appends a request to the queue of its key. Its caller then advances it.
     *
     * @param inReach whether the peer is in reach of the caller; takes no lock
     */
    Request enqueue(
            String key,
            Caller caller,
            BooleanSupplier inReach,
            BooleanSupplier send,
            Consumer<Reply> result) {
        lock.lock();
        try {
            giveUpLateReplies();
            RequestQueue queue = byKey.computeIfAbsent(key, RequestQueue::new);
            Request request = new Request(queue, caller, inReach, send, result);
            queue.requests.addLast(request);
            return request;
        } finally {
            lock.unlock();
        }
    }

    /** Makes a request active if it may be sent now. Returns whether it was not active before. */
    private boolean activate(Request request) {
        RequestQueue queue = request.queue;
        lock.lock();
        try {
            request.retryAt = OptionalLong.empty(); // a time that has passed would be tried forever
            if (closed || request.active || queue.first() != request) {
                return false;
            }
            giveUpLateReplies();
            LateReply expected = queue.lateReply;
            request.active = expected == null;
            request.sending = request.active;
            if (expected != null) {
                request.retryAt = OptionalLong.of(expected.until);
            }
            return request.active;
        } finally {
            lock.unlock();
        }
    }

    /** Notes that a request is not being sent any more. If it was not sent, it leaves. */
    private void afterSend(Request request, boolean sent) {
        lock.lock();
        try {
            request.sending = false;
            if (!sent) {
                request.refused = request.inReach.getAsBoolean();
                request.dropped = !request.refused;
                remove(request);
                request.wake();
            }
            sendEnded.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private boolean isOver(Request request) {
        lock.lock();
        try {
            return request.refused
                    || request.reply != null
                    || (closed && request.inReach.getAsBoolean());
        } finally {
            lock.unlock();
        }
    }

    private Reply finish(Request request) {
        lock.lock();
        try {
            while (request.sending) {
                sendEnded.awaitUninterruptibly();
            }
            Reply reply = request.reply;
            if (reply != null) {
                request.reply = null; // the receiver of the result decides whether to keep it
                untaken--;
                return reply;
            }
            if (request.refused || request.dropped) {
                return new Reply.NoReply();
            }
            if (request.active && !closed) {
                expectLateReply(request);
            }
            remove(request);
            return request.active ? new Reply.NoReply() : new Reply.NotSent();
        } finally {
            lock.unlock();
        }
    }

    private void expectLateReply(Request request) {
        RequestQueue queue = request.queue;
        long now = System.nanoTime();
        long until = now + Math.min(now - request.caller.start(), MAX_LATE_REPLY_WAIT);
        LateReply expected = new LateReply(queue, until);
        queue.lateReply = expected;
        lateReplies.add(expected);
    }

    /** Gives up the late replies whose time has passed. */
    private void giveUpLateReplies() {
        long now = System.nanoTime();
        LateReply next = lateReplies.peek();
        while (next != null && now - next.until >= 0) {
            lateReplies.remove();
            if (next.queue.lateReply == next) {
                next.queue.lateReply = null;
                wakeFirst(next.queue);
            }
            next = lateReplies.peek();
        }
    }

    /** Removes a request from its queue, unless its reply has removed it. */
    private void remove(Request request) {
        boolean first = request.queue.first() == request;
        request.queue.requests.remove(request);
        if (first) {
            wakeFirst(request.queue);
        }
    }

    /** Wakes the first request of a queue. Removes a queue that has none. */
    private void wakeFirst(RequestQueue queue) {
        Request first = queue.first();
        if (first != null) {
            first.wake();
        } else if (queue.lateReply == null) {
            byKey.remove(queue.key);
        }
    }

    /** Returns the key of a request or of a reply; empty if the pattern finds none. */
    Optional<String> key(byte[] payload) {
        return key(correlate, payload);
    }

    /**
     * Returns the key by which a reply is matched with its request; empty if the pattern finds
     * none.
     */
    static Optional<String> key(@Nullable LinearPattern correlate, byte[] payload) {
        if (correlate == null) {
            return Optional.of(IN_ORDER);
        }
        Matcher matcher = correlate.matcher(payload);
        return matcher.find() ? Optional.ofNullable(matcher.group(1)) : Optional.empty();
    }

    /**
     * Delivers a frame to the request that it answers. Called on the peer's event loop.
     *
     * <p>Takes no lock while there is no request: a frame that arrives while the first request is
     * being sent cannot be its reply.
     *
     * @param incomplete whether the peer ended its stream before the end of the frame
     * @return whether the frame answers a request
     */
    boolean acceptReply(byte[] payload, boolean incomplete) {
        return !isEmpty()
                && key(correlate, payload)
                        .map(key -> acceptReply(key, new Reply.Received(payload, incomplete)))
                        .orElse(false);
    }

    /**
     * Delivers a frame to the request with this key. Called on the peer's event loop.
     *
     * @return whether the frame answers a request
     */
    boolean acceptReply(String key, Reply.Received reply) {
        RequestQueue queue;
        boolean accepted;
        lock.lock();
        try {
            giveUpLateReplies();
            queue = byKey.get(key);
            if (queue == null) {
                return false;
            }
            if (queue.lateReply != null) {
                queue.lateReply = null;
                wakeFirst(queue);
                return false;
            }
            Request first = queue.first();
            if (first == null || !first.active) {
                return false;
            }
            accepted = first.inReach.getAsBoolean();
            queue.requests.remove(first);
            if (accepted) {
                first.reply = reply;
                untaken++;
                first.sendsNext = untaken > MAX_UNTAKEN;
                first.wake();
            } else {
                first.dropped = true;
            }
            if (queue.first() == null) {
                byKey.remove(key);
            }
            if (queue.first() == null || first.sendsNext) {
                return accepted;
            }
        } finally {
            lock.unlock();
        }
        loop.execute(() -> sendFirst(queue));
        return accepted;
    }

    /** Sends the first request of a queue, unless another thread does. */
    private void sendFirst(RequestQueue queue) {
        Request first;
        lock.lock();
        try {
            first = queue.first();
        } finally {
            lock.unlock();
        }
        if (first != null && activate(first)) {
            first.send();
        }
    }

    boolean isEmpty() {
        return byKey.isEmpty();
    }

    /** Ends all requests without a reply, because the peer sends nothing more. Idempotent. */
    void close() {
        lock.lock();
        try {
            closed = true;
            for (RequestQueue queue : byKey.values()) {
                queue.requests.forEach(Request::wake);
            }
        } finally {
            lock.unlock();
        }
    }
}
