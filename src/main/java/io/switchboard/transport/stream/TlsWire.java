package io.switchboard.transport.stream;

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
 * TLS on a connection.
 *
 * <p>What is told as taken is what the kernel has. TLS encrypts a record of up to 16 KiB before it
 * knows how much of it the kernel takes; of the rest, as many bytes as wait at least are not told
 * yet. They are <em>ahead</em>: the outbox offers them again, they are not encrypted again, and
 * they are told when the record has gone.
 *
 * <pre>
 *   offered, from what was told last:   [ ahead | new ................. ]
 *   skip the first, encrypt the rest:   [ ------ encrypted ---- | left  ]
 *   the kernel has all but `waiting`:   [ told now    | ahead   | left  ]
 * </pre>
 *
 * <p>A read goes on until the socket has nothing more or has given its quota, so that no message
 * stays in here without the selector's knowledge; a quota, so that one peer does not keep the loop.
 * An end of the stream without close_notify is an end like any other: where it matters whether a
 * message is whole, the framing tells.
 *
 * <p>Locks: tls-channel has one for reading and one for writing, and the engine has one; none is
 * held while a thread waits. The loop takes the one for writing only to answer a new key, and then
 * waits for one encrypted write at most.
 */
final class TlsWire implements Wire {
    private static final Logger log = LoggerFactory.getLogger(TlsWire.class);

    /** The longest record, and more (RFC 8446, section 5.2). */
    private static final int RECORD = 17 * 1024;

    private static final int HANDSHAKE_QUOTA = 64 * 1024;

    private final Wire wire;
    private final Ciphertext ciphertext;
    private final TlsChannel channel;

    /** Bytes encrypted and not told as taken; the writer's, others look. */
    private volatile int ahead;

    private volatile boolean finished;

    /** A task of the handshake holds the engine's lock meanwhile. */
    private volatile boolean busy;

    /** The loop's. What came behind the end of the handshake is in here already. */
    private boolean holds = true;

    /** The loop's: found behind bytes that were good. */
    private @Nullable IOException failure;

    /** The channel is on the ciphertext, which is on the wire. */
    TlsWire(Wire wire, Ciphertext ciphertext, TlsChannel channel) {
        this.wire = wire;
        this.ciphertext = ciphertext;
        this.channel = channel;
    }

    /**
     * Goes on with the handshake; its tasks run on threads of their own.
     *
     * @param goOn called when such a task is done, by its thread
     * @throws IOException it has failed; the peer has been told, where the protocol allows it
     */
    Opening.Step.Progress handshake(Runnable goOn) throws IOException {
        ciphertext.allow(HANDSHAKE_QUOTA);
        ciphertext.sender(Thread.currentThread());
        try {
            channel.handshake();
            return Opening.Step.Progress.DONE;
        } catch (NeedsReadException e) {
            return Opening.Step.Progress.NEEDS_READ;
        } catch (NeedsWriteException e) {
            return Opening.Step.Progress.NEEDS_WRITE;
        } catch (NeedsTaskException e) {
            busy = true;
            Thread.ofVirtual().name("tls-handshake").start(() -> run(e.getTask(), goOn));
            return Opening.Step.Progress.WAITS;
        } catch (ClosedChannelException e) {
            throw new EOFException("it left meanwhile");
        } catch (SSLException e) {
            alert();
            throw e;
        } catch (IllegalStateException e) {
            throw new SSLException("what it sent is no TLS record", e);
        } finally {
            ciphertext.sender(null);
        }
    }

    private void run(Runnable task, Runnable goOn) {
        try {
            task.run(); // what it throws, the engine throws again at the next step
        } finally {
            busy = false;
            goOn.run();
        }
    }

    /** Tells the peer why, as far as the kernel takes it: tls-channel drops the engine's alert. */
    private void alert() {
        SSLEngine engine = channel.getSslEngine();
        if (engine == null || engine.getHandshakeStatus() != HandshakeStatus.NEED_WRAP) {
            return;
        }
        try {
            ByteBuffer record = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
            engine.wrap(ByteBuffer.allocate(0), record);
            wire.write(record.flip());
        } catch (IOException e) {
            log.trace("it is gone already", e);
        }
    }

    /** What the handshake has settled. */
    SSLSession session() {
        return channel.getSslEngine().getSession();
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
        if (finished) {
            return wire.read(into); // for nobody
        }
        if (failure != null) {
            throw failure;
        }
        holds = false;
        ciphertext.allow(Math.max(into.remaining() - 2 * RECORD, RECORD));
        int start = into.position();
        try {
            while (into.hasRemaining()) {
                if (channel.read(into) < 0) {
                    return someOr(start, into);
                }
            }
            holds = true;
        } catch (NeedsReadException e) {
            log.trace("the selector tells when there is more", e);
        } catch (NeedsTaskException e) {
            fail(renegotiation(), start, into);
        } catch (IllegalStateException e) {
            fail(new SSLException("what it sent is no TLS record", e), start, into);
        } catch (ClosedChannelException e) {
            if (!finished) {
                throw e;
            }
        } catch (IOException e) {
            fail(e, start, into);
        }
        return into.position() - start;
    }

    /** At the end of the stream: what came before it, and at the next read its end. */
    private int someOr(int start, ByteBuffer into) {
        holds = into.position() > start;
        return holds ? into.position() - start : -1;
    }

    private void fail(IOException cause, int start, ByteBuffer into) throws IOException {
        if (into.position() == start) {
            throw cause;
        }
        failure = cause;
        holds = true;
    }

    /**
     * TLS 1.2 alone has it. A task would be due, and until it has run tls-channel's write would
     * spin: closing the engine lets it go.
     */
    private IOException renegotiation() {
        channel.getSslEngine().closeOutbound();
        return new SSLException("it asked to renegotiate, which is refused");
    }

    @Override
    public boolean holds() {
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
        int told = 0;
        ciphertext.sender(Thread.currentThread());
        try {
            channel.write(buffers, 0, count);
        } catch (NeedsWriteException e) {
            log.trace("the kernel is full", e);
        } finally {
            ciphertext.sender(null);
            int passed = rewind(buffers, starts);
            int encrypted = passed + ahead - skipped;
            told = Math.min(passed, Math.max(0, encrypted - ciphertext.waiting()));
            ahead = encrypted - told;
            advance(buffers, count, told);
        }
        return told;
    }

    /** Moves the positions by so many bytes, or by what there is; by how many. */
    private static int advance(ByteBuffer[] buffers, int count, int bytes) {
        int left = bytes;
        for (int i = 0; i < count && left > 0; i++) {
            int step = Math.min(left, buffers[i].remaining());
            buffers[i].position(buffers[i].position() + step);
            left -= step;
        }
        return bytes - left;
    }

    /** Puts the positions back; by how many bytes. */
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
    public boolean owes() {
        return ciphertext.keeps();
    }

    @Override
    public boolean flush() throws IOException {
        boolean clear = ciphertext.flush();
        if (clear && finished) {
            wire.shutdownOutput();
        }
        return clear;
    }

    /** Where it breaks off inside what was being sent, without close_notify: so the peer knows. */
    @Override
    public void shutdownOutput() throws IOException {
        finished = true;
        if (ahead == 0) {
            channel.shutdown();
        }
        if (!ciphertext.keeps()) {
            wire.shutdownOutput();
        }
    }

    @Override
    public boolean isOpen() {
        return wire.isOpen();
    }

    /** The socket first: whoever is to get a close_notify has got it. */
    @Override
    public void close() throws IOException {
        wire.close();
        if (!busy) {
            channel.close(); // its buffers
        }
    }

    @Override
    public SocketChannel socket() {
        return wire.socket();
    }
}
