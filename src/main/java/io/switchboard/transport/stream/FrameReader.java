package io.switchboard.transport.stream;

import io.switchboard.framing.FrameScan;
import io.switchboard.framing.Framing;
import io.switchboard.framing.LineFraming;
import io.switchboard.peer.CloseReason;
import io.switchboard.transport.config.InputStart;
import io.switchboard.transport.config.InputStart.Telnet;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Splits the bytes that one connection reads into frames, and keeps the bytes of an unfinished
 * frame. Used on the connection's loop; only {@link #partialBytes} may be called by other threads.
 */
final class FrameReader {

    /** Why the stream cannot be read any further; the detail is text for the peer and the log. */
    record Fault(CloseReason reason, String detail) {}

    /** The most frames of one step, so that a peer with many frames lets the others have turns. */
    static final int FRAMES_PER_STEP = 128;

    /**
     * The longest time of a step, in nanoseconds. The clock is read after so many scans or bytes,
     * whichever comes first: reading it takes as long as a short frame, and the search for a name
     * can take 0.4 ms for each KB.
     */
    private static final long STEP_NANOS = TimeUnit.MICROSECONDS.toNanos(200);

    private static final int SCANS_PER_CLOCK = 16;
    private static final int BYTES_PER_CLOCK = 1024;

    /** The most frames of the step that reads: all peers whose sockets are ready take that one. */
    static final int FRAMES_PER_READ = 16;

    /** The byte order mark of UTF-8. */
    private static final byte[] MARK = {(byte) 0xef, (byte) 0xbb, (byte) 0xbf};

    private final Framing framing;
    private final int maxFrame;
    private int framesPerStep;

    /** Whether commands of telnet may begin before any frame. */
    private final boolean detectsTelnet;

    /** Removes the commands of telnet; null as long as the peer is no telnet client. */
    private @Nullable TelnetInput telnet;

    /** Whether a byte order mark may be the first bytes; false once something has been read. */
    private boolean awaitsMark;

    /** Whether an HTTP request is refused if the next frame is one; false after the first frame. */
    private boolean awaitsRequest;

    private volatile @Nullable PartialFrame partial;
    private boolean more;
    private long noise;
    private @Nullable Fault fault;

    /** Creates a reader; {@code maxFrame} is the length of the longest payload, in bytes. */
    FrameReader(Framing framing, int maxFrame) {
        this(framing, maxFrame, FRAMES_PER_STEP, InputStart.NONE);
    }

    /**
     * Creates a reader that passes on at most {@code framesPerStep} frames in a step.
     *
     * @param start what may precede the first frame
     */
    FrameReader(Framing framing, int maxFrame, int framesPerStep, InputStart start) {
        this.framing = framing;
        this.maxFrame = maxFrame;
        framesPerStep(framesPerStep);
        this.detectsTelnet = start.telnet() == Telnet.AUTO;
        this.telnet = start.telnet() == Telnet.ON ? telnetInput() : null;
        this.awaitsMark = start.skipsMark();
        this.awaitsRequest = start.refusesHttp();
    }

    /** Limits the frames of a step. */
    final void framesPerStep(int max) {
        framesPerStep = Math.min(FRAMES_PER_STEP, max);
    }

    private TelnetInput telnetInput() {
        byte[] lineEnd = framing == LineFraming.LF ? new byte[] {'\n'} : new byte[] {'\r', '\n'};
        return new TelnetInput(lineEnd);
    }

    /**
     * Processes the bytes of one read, up to {@link #FRAMES_PER_READ} frames. Must not be called
     * while {@link #hasMore}.
     *
     * @param read buffer whose first {@code count} bytes were read; the caller may reuse it
     * @param now {@link System#nanoTime}
     * @param frames receives the payload of each complete frame, in order, and may keep the array
     * @return the number of complete frames
     */
    int read(byte[] read, int count, long now, Consumer<byte[]> frames) {
        if (telnet != null) {
            byte[] data = telnet.data(read, 0, count);
            return data.length == 0 ? 0 : readData(data, data.length, now, frames);
        }
        return readData(read, count, now, frames);
    }

    private int readData(byte[] read, int count, long now, Consumer<byte[]> frames) {
        PartialFrame unfinished = partial;
        int max = Math.min(framesPerStep, FRAMES_PER_READ);
        if (unfinished == null) {
            return scan(read, 0, count, 0, max, now, frames);
        }
        unfinished.append(read, count);
        return scan(
                unfinished.bytes(), 0, unfinished.length(), unfinished.resume(), max, now, frames);
    }

    /** Returns whether the kept bytes have not been searched, because a step has ended. */
    boolean hasMore() {
        return more;
    }

    /** Takes the next step, as {@link #read} does, with the kept bytes. */
    int proceed(long now, Consumer<byte[]> frames) {
        PartialFrame kept = Objects.requireNonNull(partial);
        int from = kept.resume();
        return scan(kept.bytes(), from, kept.length(), from, framesPerStep, now, frames);
    }

    private int scan(
            byte[] bytes,
            int start,
            int to,
            int searchedTo,
            int maxMessages,
            long now,
            Consumer<byte[]> frames) {
        more = false;
        if (mayBeCommand(bytes, start, to)) {
            return command(bytes, start, to, maxMessages, now, frames);
        }
        int mark = awaitsMark ? mark(bytes, start, to) : 0;
        if (mark < 0) {
            keep(bytes, start, to, start, 0, now);
            return 0;
        }
        if (mark > 0) {
            int next = start + mark;
            return scan(bytes, next, to, Math.max(next, searchedTo), maxMessages, now, frames);
        }
        FrameScan scan = new FrameScan(maxFrame);
        PartialFrame kept = partial;
        if (kept != null) {
            scan.progress(kept.progress());
        }
        int from = start;
        int resume = searchedTo;
        int messages = 0;
        int scans = 0;
        int clockAt = from + BYTES_PER_CLOCK;
        while (!more && framing.scan(scan, bytes, from, to, resume)) {
            if (scan.isTooLarge()) {
                fault = new Fault(CloseReason.FRAME_TOO_LARGE, scan.tooLarge());
                break;
            }
            if (!scan.isSkipped()) {
                byte[] payload = scan.payload(bytes);
                if (awaitsRequest && isRefused(payload)) {
                    break;
                }
                frames.accept(payload);
                messages++;
            }
            scans++;
            from = scan.next();
            resume = from;
            boolean over = messages == maxMessages;
            if (scans == SCANS_PER_CLOCK || from >= clockAt) {
                scans = 0;
                clockAt = from + BYTES_PER_CLOCK;
                over |= System.nanoTime() - now > STEP_NANOS;
            }
            more = over && from < to;
            if (!more && mayBeCommand(bytes, from, to)) {
                noise += scan.noise();
                return messages + command(bytes, from, to, maxMessages - messages, now, frames);
            }
        }
        noise += scan.noise();
        if (more) {
            keep(bytes, from, to, from, 0, now);
        } else if (fault == null) {
            end(scan, bytes, to, now);
        }
        return messages;
    }

    /** Returns whether a frame begins with a command of telnet, or with its first byte alone. */
    private boolean mayBeCommand(byte[] bytes, int from, int to) {
        return detectsTelnet
                && from < to
                && (bytes[from] & 0xff) == TelnetInput.IAC
                && telnet == null
                && (from + 1 == to || TelnetInput.isCommand(bytes[from], bytes[from + 1]));
    }

    /**
     * Treats the peer as a telnet client from this command on, as soon as it is known to be one.
     */
    private int command(
            byte[] bytes, int from, int to, int maxMessages, long now, Consumer<byte[]> frames) {
        if (from + 1 == to) {
            keep(bytes, from, to, from, 0, now);
            return 0;
        }
        partial = null;
        telnet = telnetInput();
        byte[] data = telnet.data(bytes, from, to);
        return scan(data, 0, data.length, 0, maxMessages, now, frames);
    }

    /**
     * Returns the length of the byte order mark with which these bytes begin; 0 if there is none,
     * and -1 if more bytes are needed.
     */
    private int mark(byte[] bytes, int from, int to) {
        int length = Math.min(MARK.length, to - from);
        if (!Arrays.equals(bytes, from, from + length, MARK, 0, length)) {
            awaitsMark = false;
            return 0;
        }
        if (length < MARK.length) {
            return length == 0 ? 0 : -1;
        }
        awaitsMark = false;
        return length;
    }

    /** Returns whether the first frame is an HTTP request, which becomes a fault. */
    private boolean isRefused(byte[] payload) {
        awaitsRequest = false;
        if (!HttpRequests.isRequest(payload)) {
            return false;
        }
        fault = new Fault(CloseReason.HTTP_REQUEST, HttpRequests.detail(payload));
        return true;
    }

    /** Keeps the unfinished frame with which the bytes end, if there is one and it is valid. */
    private void end(FrameScan scan, byte[] bytes, int to, long now) {
        String invalid = scan.fault();
        if (invalid != null) {
            fault = new Fault(CloseReason.BAD_FRAME, invalid);
        } else if (scan.isTooLarge(framing, to)) {
            fault = new Fault(CloseReason.FRAME_TOO_LARGE, scan.tooLarge());
        } else if (scan.keep() == to) {
            partial = null;
        } else {
            keep(bytes, scan.keep(), to, scan.resume(), scan.progress(), now);
        }
    }

    /** Keeps the bytes from {@code start}; copies them, unless they are kept already. */
    private void keep(byte[] bytes, int start, int to, int searchedTo, long progress, long now) {
        PartialFrame kept = partial;
        if (kept != null && kept.bytes() == bytes && (start == 0 || more)) {
            kept.searchedTo(searchedTo, progress);
        } else {
            PartialFrame rest = new PartialFrame(bytes, start, to, searchedTo - start, now);
            rest.searchedTo(searchedTo - start, progress);
            partial = rest;
        }
    }

    /** Returns what asks a telnet client to send whole lines; null if peers are not asked. */
    byte @Nullable [] telnetOffer() {
        return telnet == null ? null : telnet.offer();
    }

    /** Returns what has to be answered to a telnet client since the last call; null for nothing. */
    byte @Nullable [] takeTelnetAnswer() {
        return telnet == null ? null : telnet.takeAnswer();
    }

    /** Returns how many bytes belonged to no frame since the last call. */
    long takeNoise() {
        long bytes = noise;
        noise = 0;
        return bytes;
    }

    /** Returns the fault after which nothing may be read; null if there is none. */
    @Nullable Fault fault() {
        return fault;
    }

    /**
     * Passes the bytes of an unfinished frame on as a message. The connection calls this method
     * with framing {@code raw:<gap>}, in which a silence or the end of the stream ends a message.
     *
     * @return the number of messages, 0 or 1
     */
    int flush(Consumer<byte[]> frames) {
        PartialFrame unfinished = partial;
        if (unfinished == null) {
            return 0;
        }
        partial = null;
        byte[] payload = Arrays.copyOf(unfinished.bytes(), unfinished.length());
        if (awaitsRequest && isRefused(payload)) {
            return 0;
        }
        frames.accept(payload);
        return 1;
    }

    /** Returns whether the unfinished frame is a message by default when the stream ends. */
    boolean deliversUnfinished() {
        PartialFrame unfinished = Objects.requireNonNull(partial);
        return framing.deliversUnfinished(unfinished.bytes(), unfinished.length());
    }

    /** Discards an unfinished frame. */
    void discardPartial() {
        partial = null;
        more = false;
    }

    /**
     * Returns the {@link System#nanoTime} of the unfinished frame's first byte, if there is one.
     */
    long partialSince() {
        return Objects.requireNonNull(partial).since();
    }

    /** Returns the size of the buffer of an unfinished frame; 0 if there is none. */
    int bufferBytes() {
        PartialFrame unfinished = partial;
        return unfinished == null ? 0 : unfinished.bytes().length;
    }

    /** Returns a copy of the bytes kept of an unfinished frame. */
    byte[] rest() {
        PartialFrame unfinished = Objects.requireNonNull(partial);
        return Arrays.copyOf(unfinished.bytes(), unfinished.length());
    }

    /** Returns the number of bytes kept of an unfinished frame. Any thread. */
    int partialBytes() {
        PartialFrame unfinished = partial;
        return unfinished == null ? 0 : unfinished.length();
    }

    /**
     * The bytes of a frame whose end has not arrived, or bytes that have not been searched yet. The
     * buffer exists only while there are such bytes, and grows with them by an eighth at least: no
     * memory is reserved for the largest frame. Used on the connection's loop only.
     */
    static final class PartialFrame {
        private static final int SMALLEST = 64;

        private byte[] bytes;
        private int length;
        private int resume;

        /** What {@link FrameScan#progress} returned. */
        private long progress;

        private final long since;

        /**
         * Copies the bytes from {@code start} to {@code end}.
         *
         * @param resume offset within the copied range at which the search for the end continues
         * @param since {@link System#nanoTime} of the first byte
         */
        PartialFrame(byte[] from, int start, int end, int resume, long since) {
            length = end - start;
            bytes = Arrays.copyOfRange(from, start, start + Math.max(SMALLEST, length));
            this.resume = resume;
            this.since = since;
        }

        void append(byte[] more, int count) {
            if (length + count > bytes.length) {
                bytes = Arrays.copyOf(bytes, Math.max(length + count, bytes.length / 8 * 9));
            }
            System.arraycopy(more, 0, bytes, length, count);
            length += count;
        }

        /** Records that the bytes before this offset have been searched for the end. */
        void searchedTo(int offset, long understood) {
            resume = offset;
            progress = understood;
        }

        long progress() {
            return progress;
        }

        byte[] bytes() {
            return bytes;
        }

        int length() {
            return length;
        }

        int resume() {
            return resume;
        }

        long since() {
            return since;
        }
    }
}
