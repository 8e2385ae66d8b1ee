package io.switchboard.transport.tls;

import io.switchboard.transport.stream.ConnectionSetup;
import io.switchboard.transport.stream.SocketStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tlschannel.NeedsReadException;
import tlschannel.NeedsTaskException;
import tlschannel.NeedsWriteException;
import tlschannel.TlsChannel;

/**
 * The stream of one TLS connection: decrypts what it reads and encrypts what is written to it.
 *
 * <p>A write reports only bytes that the kernel has accepted. TLS encrypts a record of up to 16 KiB
 * before it knows how much of the record the kernel accepts. If encrypted bytes are still waiting
 * for the kernel, at least as many plain bytes are not reported yet. These are <em>ahead</em>: the
 * outbox offers them again, this class does not encrypt them again, and it reports them once the
 * kernel has the record.
 *
 * <pre>
 *   offered, after the reported bytes:  [ ahead | new ................. ]
 *   skip `ahead`, encrypt the rest:     [ ------ encrypted ---- | left  ]
 *   the kernel has all but `waiting`:   [ reported    | ahead   | left  ]
 * </pre>
 *
 * <p>A read continues until the socket is empty or the quota of bytes or records is used up. Bytes
 * that it has not read are then in the kernel, where the selector sees them, or {@link
 * #hasBufferedInput} reports them, so no message is stuck in this class. The quota prevents one
 * peer from occupying the loop. A peer that sends too many records without application data, such
 * as key updates and empty records, gets an error instead. A FIN without a close_notify is an error
 * too: anybody on the network can send one, and so cut off the end of a message.
 *
 * <p>Locks: tls-channel has one for reading and one for writing, and the engine has one. No thread
 * waits for I/O while it holds one of them. A read takes the lock for writing only to respond to a
 * key update, and then waits for one encrypted write of another thread at most.
 */
public final class TlsStream implements SocketStream {
    private static final Logger log = LoggerFactory.getLogger(TlsStream.class);

    /** At least the length of the longest encrypted record (RFC 8446, section 5.2). */
    private static final int MAX_RECORD = 17 * 1024;

    private static final String TRUNCATED =
            "the peer ended the TCP connection without a TLS close_notify";

    private static final int HANDSHAKE_QUOTA = 64 * 1024;

    /** Records of one read: small records must not occupy the loop. */
    private static final int RECORDS_PER_READ = 64;

    /**
     * How many records without application data a peer may send in a row. A handshake has fewer
     * than 10. Each record with data permits a tenth of a record more, up to this number.
     */
    private static final int MAX_WITHOUT_DATA = 100;

    /** How many records with data make up for one without. */
    private static final int DATA_PER_RECORD_WITHOUT = 10;

    private final SocketStream socket;
    private final TlsRecords records;
    private final TlsChannel channel;

    /**
     * Plain bytes, encrypted but not reported. Changed only by the writing thread; others read it.
     */
    private volatile int ahead;

    private volatile boolean finished;

    /** Whether {@link #endOutput} has sent a close_notify. */
    private volatile boolean outputEnded;

    /** Records with data since the last {@link #countRecords}; used by the reading thread. */
    private int dataRecords;

    /**
     * What is left of the records without data that the peer may send, in shares of {@link
     * #DATA_PER_RECORD_WITHOUT}; used by the reading thread.
     */
    private int allowance = MAX_WITHOUT_DATA * DATA_PER_RECORD_WITHOUT;

    /**
     * Whether the TLS channel may hold bytes that the selector does not know of; used only by the
     * loop. True at first, because the handshake may have read the first bytes behind it.
     */
    private boolean holds = true;

    /** An error behind bytes that a read has returned, for the next read; used only by the loop. */
    private @Nullable IOException failure;

    /**
     * Creates a stream whose handshake has not begun.
     *
     * @param records reads and writes {@code socket}
     * @param channel reads and writes {@code records}
     */
    TlsStream(SocketStream socket, TlsRecords records, TlsChannel channel) {
        this.socket = socket;
        this.records = records;
        this.channel = channel;
    }

    /**
     * Continues the handshake as far as possible without waiting for the client. Takes milliseconds
     * of CPU for the key exchange and certificates, so an event loop must not call it. The caller
     * makes sure that no other thread uses this stream meanwhile, not even to close it.
     *
     * @return DONE, NEEDS_READ or NEEDS_WRITE
     * @throws IOException if the handshake has failed; the client has been sent the alert, if TLS
     *     defines one and the kernel accepted it
     */
    ConnectionSetup.Step.Progress handshake() throws IOException {
        records.sender(Thread.currentThread());
        try {
            boolean done = handshakeStep();
            while (!done) {
                done = handshakeStep();
            }
            return ConnectionSetup.Step.Progress.DONE;
        } catch (NeedsReadException e) {
            return ConnectionSetup.Step.Progress.NEEDS_READ;
        } catch (NeedsWriteException e) {
            return ConnectionSetup.Step.Progress.NEEDS_WRITE;
        } catch (ClosedChannelException e) {
            throw new EOFException("the connection was closed during the handshake");
        } catch (SSLException e) {
            sendAlert();
            throw e;
        } catch (IllegalStateException e) {
            throw new SSLException("the peer sent bytes that are not a TLS record", e);
        } finally {
            records.sender(null);
        }
    }

    /** Returns whether the handshake is done; false if the next step may follow at once. */
    private boolean handshakeStep() throws IOException {
        records.readQuota(HANDSHAKE_QUOTA, RECORDS_PER_READ);
        try {
            channel.handshake();
            return true;
        } catch (NeedsTaskException e) {
            e.getTask().run(); // The engine rethrows a task's exception at its next step.
        } catch (NeedsReadException e) {
            countRecords();
            if (!records.holdsInput()) {
                throw e;
            }
        }
        return false;
    }

    /**
     * Counts the records that the TLS channel has read. Called when it has processed all of them.
     *
     * @throws IOException too many of them were without application data
     */
    private void countRecords() throws IOException {
        int without = Math.max(0, records.takeCompleted() - dataRecords);
        allowance =
                Math.min(MAX_WITHOUT_DATA * DATA_PER_RECORD_WITHOUT, allowance + dataRecords)
                        - without * DATA_PER_RECORD_WITHOUT;
        dataRecords = 0;
        if (allowance < 0) {
            throw new SSLException(
                    "the peer sent more than "
                            + MAX_WITHOUT_DATA
                            + " TLS records without application data, such as key updates; it may"
                            + " send one more for every "
                            + DATA_PER_RECORD_WITHOUT
                            + " records with data");
        }
    }

    /** Sends the engine's alert, which tls-channel drops, as far as the kernel accepts it. */
    private void sendAlert() {
        SSLEngine engine = channel.getSslEngine();
        if (engine == null || engine.getHandshakeStatus() != HandshakeStatus.NEED_WRAP) {
            return;
        }
        try {
            ByteBuffer record = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
            engine.wrap(ByteBuffer.allocate(0), record);
            socket.write(record.flip());
        } catch (IOException e) {
            log.trace("the alert cannot be sent because the connection is closed", e);
        }
    }

    /** Returns the parameters that the handshake has negotiated. */
    public SSLSession session() {
        return channel.getSslEngine().getSession();
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
        if (finished) {
            return socket.read(into); // still encrypted: the caller drops them
        }
        if (failure != null) {
            throw failure;
        }
        holds = false;
        records.readQuota(
                Math.max(into.remaining() - 2 * MAX_RECORD, MAX_RECORD), RECORDS_PER_READ);
        int start = into.position();
        try {
            while (into.hasRemaining()) {
                if (channel.read(into) < 0) {
                    if (!channel.shutdownReceived() && !finished) {
                        fail(new EOFException(TRUNCATED), start, into);
                    }
                    return endOfStream(start, into);
                }
                dataRecords++;
            }
            holds = true;
        } catch (NeedsReadException e) {
            return processedAll(start, into);
        } catch (NeedsTaskException e) {
            fail(renegotiation(), start, into);
        } catch (IllegalStateException e) {
            fail(new SSLException("the peer sent bytes that are not a TLS record", e), start, into);
        } catch (ClosedChannelException e) {
            if (!finished) {
                throw e;
            }
        } catch (IOException e) {
            fail(e, start, into);
        }
        return into.position() - start;
    }

    /** Returns how many bytes were read before the quota was used up or the socket empty. */
    private int processedAll(int start, ByteBuffer into) throws IOException {
        holds = records.holdsInput();
        try {
            countRecords();
        } catch (IOException e) {
            fail(e, start, into);
        }
        return into.position() - start;
    }

    /** Returns how many bytes were read before the end of the stream, or -1 if none were. */
    private int endOfStream(int start, ByteBuffer into) {
        holds = into.position() > start;
        return holds ? into.position() - start : -1;
    }

    /** Throws the error, or keeps it for the next read if bytes were read before it. */
    private void fail(IOException cause, int start, ByteBuffer into) throws IOException {
        if (into.position() == start) {
            throw cause;
        }
        failure = cause;
        holds = true;
    }

    /**
     * Returns the error of a peer that requests renegotiation, which only TLS 1.2 has. The engine
     * then waits for a task, and tls-channel's write would spin until it has run. Closing the
     * engine ends that.
     */
    private IOException renegotiation() {
        channel.getSslEngine().closeOutbound();
        return new SSLException("the peer requested a TLS renegotiation, which is not supported");
    }

    /**
     * {@inheritDoc}
     *
     * <p>TLS 1.2 requires that a close_notify is answered by one at once, and that the data that is
     * not sent yet is discarded (RFC 5246, section 7.2.1). The engine does so.
     */
    @Override
    public boolean canHalfClose() {
        return session().getProtocol().equals("TLSv1.3");
    }

    @Override
    public int bufferedBytes() {
        return records.bufferedBytes();
    }

    @Override
    public boolean hasBufferedInput() {
        return holds;
    }

    @Override
    public int write(ByteBuffer bytes) throws IOException {
        return (int) write(new ByteBuffer[] {bytes}, 1);
    }

    @Override
    public long write(ByteBuffer[] buffers, int count) throws IOException {
        int[] starts = new int[count];
        for (int i = 0; i < count; i++) {
            starts[i] = buffers[i].position();
        }
        int skipped = advance(buffers, count, ahead);
        int reported = 0;
        records.sender(Thread.currentThread());
        try {
            channel.write(buffers, 0, count);
        } catch (NeedsWriteException e) {
            log.trace("the kernel's send buffer is full", e);
        } finally {
            records.sender(null);
            int passed = rewind(buffers, starts);
            int encrypted = passed + ahead - skipped;
            reported = Math.min(passed, Math.max(0, encrypted - records.waiting()));
            ahead = encrypted - reported;
            advance(buffers, count, reported);
        }
        return reported;
    }

    /** Advances the positions by at most {@code bytes} in all; returns by how many. */
    private static int advance(ByteBuffer[] buffers, int count, int bytes) {
        int left = bytes;
        for (int i = 0; i < count && left > 0; i++) {
            int step = Math.min(left, buffers[i].remaining());
            buffers[i].position(buffers[i].position() + step);
            left -= step;
        }
        return bytes - left;
    }

    /** Moves the positions back to {@code starts}; returns by how many bytes. */
    private static int rewind(ByteBuffer[] buffers, int[] starts) {
        int passed = 0;
        for (int i = 0; i < starts.length; i++) {
            passed += buffers[i].position() - starts[i];
            buffers[i].position(starts[i]);
        }
        return passed;
    }

    @Override
    public int ahead() {
        return ahead;
    }

    @Override
    public boolean hasPendingOutput() {
        return records.hasPending();
    }

    @Override
    public boolean flush() throws IOException {
        boolean flushed = records.flush();
        if (flushed && (finished || outputEnded)) {
            socket.shutdownOutput();
        }
        return flushed;
    }

    /**
     * Ends the stream with a close_notify. If part of a message is still unsent, there is no
     * close_notify, so the peer can tell that the stream was truncated.
     */
    @Override
    public void shutdownOutput() throws IOException {
        finished = true;
        if (ahead == 0 && !outputEnded) {
            channel.shutdown();
        }
        if (!records.hasPending()) {
            socket.shutdownOutput();
        }
    }

    /**
     * Sends a close_notify and a FIN. tls-channel reads nothing after its own shutdown, so the
     * engine makes the close_notify. The caller is the thread that reads, and nothing is being
     * written: no other record can overtake this one.
     */
    @Override
    public void endOutput() throws IOException {
        if (finished || outputEnded) {
            return;
        }
        outputEnded = true;
        SSLEngine engine = channel.getSslEngine();
        engine.closeOutbound();
        ByteBuffer record = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        engine.wrap(ByteBuffer.allocate(0), record);
        records.write(record.flip());
        if (!records.hasPending()) {
            socket.shutdownOutput();
        }
    }

    @Override
    public boolean isOpen() {
        return socket.isOpen();
    }

    /**
     * Closes the socket first, so that closing the TLS channel sends nothing. {@link
     * #shutdownOutput} has already sent the close_notify if there is to be one.
     */
    @Override
    public void close() throws IOException {
        socket.close();
        channel.close(); // releases its buffers
    }

    @Override
    public SocketChannel socket() {
        return socket.socket();
    }
}
