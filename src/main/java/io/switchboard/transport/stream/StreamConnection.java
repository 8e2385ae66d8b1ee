package io.switchboard.transport.stream;

import io.switchboard.framing.RawFraming;
import io.switchboard.peer.CloseReason;
import io.switchboard.peer.DurationText;
import io.switchboard.peer.HalfClose;
import io.switchboard.peer.Link;
import io.switchboard.peer.Listener;
import io.switchboard.peer.ListenerCounters.ListenerMetric;
import io.switchboard.peer.PeerRegistry.NameResult;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.Reach;
import io.switchboard.peer.StreamEnd;
import io.switchboard.receive.MessageBatch;
import io.switchboard.receive.ReceivedFrame;
import io.switchboard.receive.RequestReply;
import io.switchboard.transport.EventLoop;
import io.switchboard.transport.ReceiveBudget;
import io.switchboard.transport.Timer;
import io.switchboard.transport.tls.TlsStream;
import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;
import org.springframework.integration.ip.tcp.connection.TcpListener;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageHeaders;
import org.springframework.messaging.support.GenericMessage;

/**
 * The reading side of one connection on its event loop: reads frames and passes them to the inbound
 * adapter. Its {@link StreamLink} writes to the connection and closes it.
 *
 * <p>Only the loop's thread uses the fields, except in {@link #partialFrameBytes}, {@link
 * #sessionEnded} and the accessors for {@link SpringConnection}. Code that may block, such as an
 * event listener or a gateway, is called on {@link #offLoop}: the open event, then each frame for a
 * gateway, then the close event. Nothing is read before the open event has been published.
 */
final class StreamConnection implements EventLoop.Handler, Timer.Owner, ReceiveBudget.Holder {

    /**
     * Frames that wait for a gateway until reading is paused. The frames of one read are queued
     * even beyond this limit.
     */
    private static final int MAX_WAITING = 16;

    private final SelectionKey key;
    private final StreamLink link;
    private final EventLoop loop;
    private final StreamServerConnectionFactory factory;

    /** Replaced when the listener is changed while it is open. */
    private ListenerContext context;

    private final FrameReader reader;
    private final InputHints hints = new InputHints();
    private final TcpListener listener;
    private final SerialExecutor offLoop = new SerialExecutor();

    private final Timer timer;

    private final ReadPacing pacing;

    /**
     * The silence, in nanoseconds, after which the kept bytes become a message ({@code raw:<gap>});
     * 0 with any other framing.
     */
    private final long gap;

    @SuppressWarnings("NullAway.Init") // sessionOpened() sets it, before the session is published
    private PeerSession session;

    private @Nullable MessageHeaders headers;

    /** Set after an error, and by {@link #dropInput}: received bytes are read and dropped. */
    private boolean discardInput;

    /** Whether the session does not learn of the end of the stream before the message is sent. */
    private boolean keepsEnd;

    private boolean paused;

    /** The received bytes that this connection counts in the budget of its loop. */
    private int counted;

    /**
     * Whether the stream has ended. The session learns of it in the next step, because that takes
     * longer than a read, and many peers may end at the same time.
     */
    private boolean inputEnded;

    /** Whether the session knows of the end of the stream; nothing is read any more. */
    private boolean inputOver;

    /** Whether a gateway has frames of a peer that has ended its stream. Any thread. */
    private volatile boolean gatewayOwesAnswer;

    /** Why the stream has ended; null if the peer has ended it. */
    private @Nullable IOException failure;

    /** The first bytes to write, framing included; null for none, and after they are held. */
    private byte @Nullable [] first;

    /** Whether the loop will call {@link #proceed}. */
    private boolean deferred;

    /** {@link System#nanoTime} since which reading has not been paused. */
    private long resumedAt = System.nanoTime();

    /** {@link System#nanoTime} of the last read. */
    private long lastRead = resumedAt;

    /**
     * Creates the connection; the key is registered with an empty interest set.
     *
     * @param first the bytes that are written before all others; null for none
     */
    StreamConnection(
            SocketStream stream,
            ConnectionInfo info,
            byte @Nullable [] first,
            SelectionKey key,
            EventLoop loop,
            StreamServerConnectionFactory factory)
            throws IOException {
        this.key = key;
        this.first = first;
        this.loop = loop;
        this.factory = factory;
        this.context = factory.context();
        this.listener = Objects.requireNonNull(factory.getListener());
        this.pacing = new ReadPacing(context.listener().limits());
        this.reader =
                new FrameReader(
                        context.framing(),
                        context.listener().maxFrame(),
                        pacing.framesPerStep(),
                        context.start());
        this.gap =
                context.framing() instanceof RawFraming raw && raw.joins()
                        ? raw.gap().toNanos()
                        : 0;
        this.timer = loop.timer(this);
        this.link = new StreamLink(stream, info, key, loop, context, this);
    }

    /** Returns the listener at which {@link #open} opens the session. */
    Listener opensAt() {
        return context.listener();
    }

    /**
     * Makes the connection a peer. The key is already registered, with an empty interest set, when
     * other threads can find the session, and OP_READ is set only afterwards. Otherwise a sender
     * that sets OP_WRITE would race with the registration.
     *
     * @param named whether its address and its frames may give the peer a name
     */
    @SuppressWarnings("ReferenceEquality") // the context is replaced, never changed
    void open(boolean named) {
        key.attach(this);
        context.registry().open(context.listener(), link, named);
        if (factory.context() != context) {
            listenerChanged(); // whoever changed the listener may have missed the session
        }
        if (first != null) {
            first = null;
            session.writable();
        }
        if (link.direction() == Link.Direction.INBOUND) {
            sendIfPresent(reader.telnetOffer());
        }
        timer.within(session.checkDeadlines(resumedAt));
        String name = link.info().name();
        if (named && name != null) {
            identify(name);
        }
        if (factory.isObserved()) {
            offLoop.execute(() -> loop.execute(this::startReading));
        } else {
            startReading();
        }
    }

    /** Applies the change of the listener to this connection. Called on the loop. */
    void listenerChanged() {
        context = factory.context();
        pacing.limits(context.listener().limits());
        reader.framesPerStep(pacing.framesPerStep());
        context.registry().listenerChanged(session, context.listener());
    }

    private StreamEnd streamEnd() {
        return Objects.requireNonNull(context.listener().end());
    }

    private void sendIfPresent(byte @Nullable [] command) {
        if (command != null) {
            session.sendCommand(command);
        }
    }

    private void startReading() {
        if (!paused) {
            link.interest(SelectionKey.OP_READ, true);
            deferIfMore();
        }
    }

    /** Called when the session has been created, before any other thread can find it. */
    void sessionOpened(PeerSession opened) {
        session = opened;
        if (first != null) {
            session.hold(first);
        }
        if (factory.isObserved()) {
            offLoop.execute(() -> factory.publishOpen(new SpringConnection(this)));
        }
    }

    /** Called once, by any thread, when the session has ended. */
    void sessionEnded() {
        if (factory.isObserved()) {
            offLoop.execute(() -> factory.publishClose(new SpringConnection(this)));
        }
    }

    private void identify(String name) {
        if (context.registry().identify(session, name, List.of())
                instanceof NameResult.Taken taken) {
            session.closeAsDuplicate(taken, name, Reach.ALL);
        }
    }

    PeerSession session() {
        return session;
    }

    TcpListener listener() {
        return listener;
    }

    /** Returns the TLS session; null without TLS. */
    @Nullable SSLSession sslSession() {
        return link.stream() instanceof TlsStream tls ? tls.session() : null;
    }

    @Override
    public void ready(SelectionKey ready) throws IOException {
        if (ready.isWritable()) {
            ready.interestOpsAnd(~SelectionKey.OP_WRITE);
            if (link.stream().flush()) {
                session.writable();
                freeIfOver();
            } else {
                link.interest(SelectionKey.OP_WRITE, true);
            }
        }
        if (ready.isReadable() && !deferred) {
            step();
        }
    }

    @Override
    public void proceed() {
        deferred = false;
        step();
    }

    /** Takes one step: finds frames in the bytes that are kept, reads once, or ends. */
    private void step() {
        if (inputOver || !isOpen()) {
            return;
        }
        if (inputEnded) {
            endUnlessKept();
            return;
        }
        if (reader.hasMore()) {
            // also while reading is paused: data that was read is processed
            long now = System.nanoTime();
            process(inBatch(FrameReader.FRAMES_PER_STEP, frames -> reader.proceed(now, frames)), 0);
        } else if (discardsInput() || session.readPause().allows(session)) {
            read();
        }
        deferIfMore();
    }

    /**
     * Defers the next step if there is input that the selector does not report, or probably more in
     * the socket.
     */
    private void deferIfMore() {
        boolean readable = link.stream().hasBufferedInput() || pacing.expectsMore();
        boolean more =
                (inputEnded && !keepsEnd)
                        || (reader.hasMore() && !pacing.isPaused())
                        || (readable && !paused && !discardsInput());
        if (more && !deferred && !inputOver && isOpen()) {
            deferred = true;
            loop.defer(this);
        }
    }

    /** Returns whether received bytes are read and dropped. */
    private boolean discardsInput() {
        return discardInput || link.isFinished();
    }

    /** Reads and drops, until the link is finished. Called before the first read. */
    void dropInput() {
        discardInput = true;
        keepsEnd = true;
    }

    /** Tells the session of the end of the stream that was kept. Called on the loop. */
    void reportEnd() {
        keepsEnd = false;
        deferIfMore();
    }

    private void endUnlessKept() {
        if (keepsEnd) {
            link.interest(SelectionKey.OP_READ, false);
        } else {
            end();
        }
    }

    private void read() {
        int limit;
        int count;
        try {
            limit = discardsInput() ? pacing.nextRead() : pacing.nextRead(loop.received());
            count = loop.read(link.stream(), limit);
            if (link.stream().hasPendingOutput()) {
                link.interest(SelectionKey.OP_WRITE, true);
            }
        } catch (IOException e) {
            inputEnded = true;
            failure = e;
            return;
        }
        if (count < 0) {
            inputEnded = true;
        } else if (discardsInput()) {
            pacing.dropped();
        } else if (count == 0) {
            pacing.nothingRead();
            countInBudget();
        } else {
            boolean full = count == limit;
            lastRead = System.nanoTime();
            session.receiveStats().arrived(lastRead);
            int kept = reader.partialBytes();
            int messages =
                    inBatch(
                            FrameReader.FRAMES_PER_READ,
                            frames -> reader.read(loop.bytes(), count, lastRead, frames));
            hints.look(session, context, loop.bytes(), count, kept == 0, messages, reader);
            process(messages, count);
            if (reader.hasMore()) {
                pacing.readMoreThanAStep(kept + count - reader.partialBytes());
            } else {
                pacing.read(full);
            }
        }
    }

    /**
     * Takes a step that passes frames on, and publishes their messages together. Returns what the
     * step returns.
     */
    private int inBatch(int maxFrames, ToIntFunction<Consumer<byte[]>> step) {
        MessageBatch batch = new MessageBatch(session, maxFrames);
        try {
            return step.applyAsInt(payload -> accept(payload, batch));
        } finally {
            batch.publish();
        }
    }

    /** Tells the session that the stream has ended, or breaks it because the stream has failed. */
    private void end() {
        flushPartial();
        if (failure != null) {
            session.broken(failure);
            link.free();
            return;
        }
        String detail = takeUnfinished();
        inputOver = true;
        link.interest(SelectionKey.OP_READ, false);
        awaitGateway();
        HalfClose halfClose = streamEnd().halfClose();
        session.inputEnded(
                link.stream().canHalfClose() ? halfClose : HalfClose.CLOSE,
                streamEnd().timeout(),
                detail);
        freeIfOver();
    }

    /** If a gateway has frames of the peer, their answers are owed until it has returned. */
    private void awaitGateway() {
        if (factory.listenerMayBlock()) {
            gatewayOwesAnswer = true;
            offLoop.execute(
                    () -> {
                        gatewayOwesAnswer = false;
                        session.answered();
                    });
        }
    }

    /** Returns whether a gateway may still answer a peer that has ended its stream. Any thread. */
    boolean owesAnswer() {
        return gatewayOwesAnswer;
    }

    /**
     * Reads and drops what the peer sends, because the service has ended the stream. Called on the
     * loop.
     */
    void finished() {
        resume();
        reportEnd();
        freeIfOver();
    }

    /** Closes the socket if both ends have ended the stream and no close_notify is left. */
    private void freeIfOver() {
        if (inputOver && link.isFinished() && !link.stream().hasPendingOutput()) {
            link.free();
        }
    }

    /**
     * Delivers or drops the frame that is unfinished at the end of the stream. Returns what was
     * dropped, as the detail of the close; null if nothing was.
     */
    private @Nullable String takeUnfinished() {
        int bytes = reader.partialBytes();
        if (bytes == 0 || discardsInput()) {
            return null;
        }
        boolean delivers = deliversUnfinished();
        byte[] rest = delivers ? reader.rest() : null;
        reader.discardPartial();
        countInBudget();
        if (rest == null) {
            context.listener().counters().add(ListenerMetric.UNFINISHED_FRAMES, 1);
            return bytes + (bytes == 1 ? " byte" : " bytes") + " of an unfinished frame";
        }
        session.receiveStats().arrived(System.nanoTime());
        receive(new GenericMessage<>(rest, new SpringConnection(this).headersOfIncomplete()));
        session.receiveStats().add(1, 0);
        return null;
    }

    private boolean deliversUnfinished() {
        StreamEnd.AtEnd atEnd = streamEnd().atEnd();
        if (RequestReply.takesUnfinished(session)) {
            return true;
        }
        return atEnd == null ? reader.deliversUnfinished() : atEnd == StreamEnd.AtEnd.DELIVER;
    }

    /** Counts what was received, and starts the deadlines of an unfinished frame. */
    private void process(int messages, int count) {
        session.receiveStats().add(messages, count);
        long noise = reader.takeNoise();
        if (noise > 0) {
            context.listener().counters().add(ListenerMetric.NOISE_BYTES, noise);
        }
        sendIfPresent(reader.takeTelnetAnswer());
        FrameReader.Fault fault = reader.fault();
        if (fault != null) {
            close(fault);
        } else {
            startFrameDeadline();
        }
        countInBudget();
        pauseForRate(pacing.take(messages, count));
    }

    /** Pauses reading for so many nanoseconds, unless they are 0. */
    private void pauseForRate(long wait) {
        if (wait > 0) {
            context.listener().counters().add(ListenerMetric.THROTTLED_READS, 1);
            session.readPause().pause(pacing);
            timer.within(wait);
        }
    }

    /** Returns the nanoseconds until reading resumes that the rate has paused. */
    private long nanosThrottled(long now) {
        if (!pacing.isPaused()) {
            return Timer.NONE;
        }
        long left = pacing.nanosPaused(now);
        if (left == 0) {
            session.readPause().resume(pacing);
            deferIfMore();
            return Timer.NONE;
        }
        return left;
    }

    private int budgetBytes() {
        return discardInput
                ? 0
                : ReceiveBudget.counted(reader.bufferBytes() + link.stream().bufferedBytes());
    }

    private void countInBudget() {
        int bytes = budgetBytes();
        int before = counted;
        if (bytes > 0 || before > 0) {
            counted = bytes;
            loop.received().change(this, before, bytes, !reader.hasMore());
        }
    }

    @Override
    public void receiveBudgetExceeded() {
        closeWithError(
                CloseReason.RECEIVE_BUDGET,
                "memory for unfinished frames is full, and this peer's was the oldest");
    }

    private void startFrameDeadline() {
        if (reader.partialBytes() > 0) {
            timer.within(gap > 0 ? gap : context.frameDeadline().toNanos());
        }
    }

    private void flushPartial() {
        if (gap == 0 || discardsInput() || !isOpen()) {
            return;
        }
        session.receiveStats().arrived(System.nanoTime());
        int messages = inBatch(1, reader::flush);
        FrameReader.Fault fault = reader.fault();
        if (fault != null) {
            close(fault);
        } else if (messages > 0) {
            session.receiveStats().add(messages, 0);
        }
        countInBudget();
    }

    /**
     * Passes the payload of one frame to the inbound adapter or gateway. A gateway adds nothing to
     * the batch, which belongs to the loop.
     */
    private void accept(byte[] payload, MessageBatch batch) {
        MessageHeaders known = headers;
        if (known == null) {
            known = new SpringConnection(this).headers();
            headers = known;
        }
        if (factory.listenerMayBlock()) {
            receive(new GenericMessage<>(payload, known));
        } else {
            deliver(new ReceivedFrame(payload, known, batch));
        }
    }

    private void receive(Message<byte[]> frame) {
        if (!factory.listenerMayBlock()) {
            deliver(frame);
            return;
        }
        // Pause before the frame is queued. In the other order the last queued frame could be
        // delivered, and resume reading, before the pause; nothing would resume it again.
        if (offLoop.size() >= MAX_WAITING) {
            session.readPause().pause(offLoop);
        }
        offLoop.execute(() -> deliverOffLoop(frame));
    }

    private void deliverOffLoop(Message<byte[]> frame) {
        if (offLoop.size() <= MAX_WAITING / 2) {
            session.readPause().resume(offLoop);
        }
        deliver(frame);
    }

    /**
     * If the factory is single-use, frames after the one that closes the connection are ignored.
     */
    private void deliver(Message<byte[]> frame) {
        if (!factory.isSingleUse() || session.isOpen()) {
            listener.onMessage(frame);
        }
    }

    private void close(FrameReader.Fault fault) {
        if (fault.reason() == CloseReason.HTTP_REQUEST) {
            discard();
            byte[] answer = context.http().answer(context.listener().name(), link.local());
            session.closeWithError(fault.reason(), fault.detail(), answer);
        } else {
            closeWithError(fault.reason(), fault.detail());
        }
    }

    private void closeWithError(CloseReason reason, String detail) {
        discard();
        session.closeWithError(reason, detail);
    }

    private void discard() {
        discardInput = true;
        reader.discardPartial();
        countInBudget();
    }

    @Override
    public long checkDeadlines(long now) {
        if (link.isFinished()) {
            long left = link.lingerNanosLeft(now);
            if (left <= 0) {
                link.free();
            }
            return left <= 0 ? Timer.NONE : left;
        }
        long frame = nanosUntilFrameDeadline(now);
        if (frame <= 0) {
            frame = Timer.NONE;
            if (gap > 0) {
                flushPartial();
            } else {
                closeWithError(
                        CloseReason.FRAME_DEADLINE,
                        "a frame was not finished within "
                                + DurationText.of(context.frameDeadline()));
            }
        }
        return Math.min(Math.min(frame, nanosThrottled(now)), session.checkDeadlines(now));
    }

    /**
     * Returns the nanoseconds until the kept bytes are overdue. The time does not run while reading
     * is paused, and a silence does not run while the peer's next turn is due.
     */
    private long nanosUntilFrameDeadline(long now) {
        if (reader.partialBytes() == 0 || paused || discardsInput()) {
            return Timer.NONE;
        }
        long resumed = now - resumedAt;
        long left =
                context.frameDeadline().toNanos() - Math.min(resumed, now - reader.partialSince());
        if (gap == 0) {
            return left;
        }
        return Math.min(left, deferred ? gap : gap - Math.min(resumed, now - lastRead));
    }

    /** Called on the loop when the stream is closed. */
    void freed() {
        timer.cancel();
        discardInput = true;
        reader.discardPartial();
        countInBudget();
    }

    Timer timer() {
        return timer;
    }

    @Override
    public void fault(Throwable cause) {
        session.broken(cause);
        link.free();
    }

    /** Ends the output; reading continues. Called on the loop. */
    void endOutput() {
        try {
            link.stream().endOutput();
            if (link.stream().hasPendingOutput()) {
                link.interest(SelectionKey.OP_WRITE, true);
            }
        } catch (IOException e) {
            session.broken(e);
        }
    }

    /** Stops reading until {@link #resume}. Called on the loop. */
    void pause() {
        if (discardsInput()) {
            return;
        }
        paused = true;
        link.interest(SelectionKey.OP_READ, false);
    }

    /** Continues reading if it is paused. Called on the loop. */
    void resume() {
        if (!paused) {
            return;
        }
        paused = false;
        resumedAt = System.nanoTime();
        if (inputOver) {
            return;
        }
        link.interest(SelectionKey.OP_READ, true);
        startFrameDeadline();
        deferIfMore();
    }

    /** Returns the number of bytes kept of an unfinished frame. Any thread. */
    int partialFrameBytes() {
        return reader.partialBytes();
    }

    private boolean isOpen() {
        return link.stream().isOpen();
    }
}
