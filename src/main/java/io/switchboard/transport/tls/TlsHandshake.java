package io.switchboard.transport.tls;

import io.switchboard.fatal.FatalErrors;
import io.switchboard.peer.Link.TlsFacts;
import io.switchboard.peer.Names;
import io.switchboard.transport.stream.ConnectionInfo;
import io.switchboard.transport.stream.ConnectionSetup;
import io.switchboard.transport.stream.SocketStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.Function;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/**
 * The step that performs the TLS handshake of a connection. One for each connection.
 *
 * <pre>
 *   HELLO ── the first record ──▶ QUEUED ─▶ RUNNING ─▶ RAN ── done ──▶ the next step
 *                                    ▲                  │
 *                                    └── readable ── CLIENT
 *   QUEUED ── the client has gone, or the deadline has passed ──▶ the task does nothing
 * </pre>
 *
 * <p>If this service is the client, the first task is queued at once: it sends the first record.
 *
 * <p>The loop collects the first record. A client that has not sent it costs no engine and no
 * thread. All computing, from the creation of the engine to the last record, is done by tasks of
 * the {@link HandshakeExecutor}. While the first task waits, which is the expensive one, the loop
 * continues to read: if the client closes the connection, the task is not needed any more. Bytes
 * that arrive meanwhile are kept, up to {@link #MAX_KEPT}. While a later task waits the loop does
 * not read, because a client may send its last message and close before its handshake is complete
 * here.
 *
 * <p>The loop uses the fields, and a task does while it is RUNNING. This object's monitor guards
 * {@link #state}, and with it decides the race between a task that begins and the loop that reads.
 * The monitor is held during a non-blocking read.
 */
public final class TlsHandshake implements ConnectionSetup.Step {

    /** A ClientHello with post-quantum key shares has less than 2 KiB. */
    private static final int MAX_KEPT = 4 * 1024;

    /** An incomplete first record of at most so many bytes is not counted as memory. */
    private static final int FREE_BYTES = 512;

    private static final byte[] NO_BYTES = {};

    private static final int RECORD_HEADER = 5;

    /** The type of a record with a message of the handshake. */
    private static final byte HANDSHAKE_RECORD = 22;

    private enum State {
        /** The first record is incomplete. */
        HELLO,
        /** The first or a later task waits. */
        QUEUED,
        /** A task runs, and the stream belongs to it. */
        RUNNING,
        /** A task has ended or was not needed; the loop has not seen its result yet. */
        RAN,
        /** The client must send or receive something. */
        CLIENT
    }

    private final Function<SocketStream, TlsStream> engines;
    private final HandshakeExecutor executor;
    private final boolean nameFromCertificate;
    private final boolean isClient;
    private State state = State.HELLO;

    /** Bytes that the loop has read before the first task runs. */
    private byte[] kept = NO_BYTES;

    /** The stream under TLS. */
    private @Nullable SocketStream socket;

    private @Nullable TlsStream tls;
    private Progress result = Progress.NEEDS_READ;
    private @Nullable Throwable failure;

    /**
     * Creates the step for one connection.
     *
     * @param nameFromCertificate whether the common name of the client's certificate becomes the
     *     peer's name
     */
    public TlsHandshake(
            TlsEngines engines, HandshakeExecutor executor, boolean nameFromCertificate) {
        this(engines::wrap, executor, nameFromCertificate, false);
    }

    private TlsHandshake(
            Function<SocketStream, TlsStream> engines,
            HandshakeExecutor executor,
            boolean nameFromCertificate,
            boolean isClient) {
        this.engines = engines;
        this.executor = executor;
        this.nameFromCertificate = nameFromCertificate;
        this.isClient = isClient;
    }

    /** Returns the step for a connection that this service has made. */
    static TlsHandshake ofClient(
            Function<SocketStream, TlsStream> engines, HandshakeExecutor executor) {
        return new TlsHandshake(engines, executor, false, true);
    }

    @Override
    public synchronized Progress advance(ConnectionSetup setup) throws IOException {
        return switch (state) {
            case HELLO -> isClient ? start(setup) : hello(setup);
            case QUEUED -> watch(setup);
            case RUNNING -> Progress.WAITING;
            case RAN -> ran(setup);
            case CLIENT -> {
                enqueue(setup, true);
                yield Progress.WAITING;
            }
        };
    }

    private Progress start(ConnectionSetup setup) {
        tls = engines.apply(setup.stream());
        setup.stream(tls);
        enqueue(setup, false);
        return Progress.WAITING;
    }

    private Progress hello(ConnectionSetup setup) throws IOException {
        socket = setup.stream();
        receive(setup, socket);
        if (kept.length < helloLength()) {
            if (kept.length > FREE_BYTES) {
                executor.began(setup);
            }
            return Progress.NEEDS_READ;
        }
        tls = engines.apply(socket);
        setup.stream(tls);
        enqueue(setup, false);
        return watching();
    }

    /**
     * Returns how many bytes must be kept before the first task can do something useful. A first
     * byte that is not TLS needs no more bytes: the engine rejects it.
     */
    private int helloLength() {
        if (kept.length > 0 && kept[0] != HANDSHAKE_RECORD) {
            return 1;
        }
        if (kept.length < RECORD_HEADER) {
            return RECORD_HEADER;
        }
        int body = Byte.toUnsignedInt(kept[3]) << Byte.SIZE | Byte.toUnsignedInt(kept[4]);
        return Math.min(RECORD_HEADER + body, MAX_KEPT);
    }

    private Progress watch(ConnectionSetup setup) throws IOException {
        receive(setup, Objects.requireNonNull(socket));
        return watching();
    }

    private Progress watching() {
        return kept.length < MAX_KEPT ? Progress.WATCHING : Progress.WAITING;
    }

    /**
     * Reads until the socket is empty or enough bytes are kept.
     *
     * @throws IOException the client has disconnected
     */
    private void receive(ConnectionSetup setup, SocketStream from) throws IOException {
        int count = 1;
        while (count > 0 && kept.length < MAX_KEPT) {
            count = setup.loop().read(from, MAX_KEPT - kept.length);
            if (count < 0) {
                throw new EOFException("the connection was closed during the handshake");
            }
            int before = kept.length;
            kept = Arrays.copyOf(kept, before + count);
            System.arraycopy(setup.loop().bytes(), 0, kept, before, count);
        }
    }

    private void enqueue(ConnectionSetup setup, boolean continued) {
        state = State.QUEUED;
        executor.execute(() -> run(setup), continued);
    }

    /** Runs on a thread of the executor. */
    private void run(ConnectionSetup setup) {
        if (begin(setup)) {
            try {
                result = Objects.requireNonNull(tls).handshake();
            } catch (IOException | RuntimeException | Error e) {
                FatalErrors.check(e);
                failure = e;
            }
        }
        synchronized (this) {
            state = State.RAN;
        }
        setup.resume();
    }

    /** Takes the stream over from the loop; returns false if the task is not needed any more. */
    private synchronized boolean begin(ConnectionSetup setup) {
        if (!setup.isWanted()) {
            return false;
        }
        state = State.RUNNING;
        if (kept.length > 0) {
            setup.unread(kept);
            kept = NO_BYTES;
        }
        return true;
    }

    private Progress ran(ConnectionSetup setup) throws IOException {
        switch (failure) {
            case null -> state = State.CLIENT;
            case IOException e -> throw e;
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case Throwable e -> throw new IllegalStateException(e);
        }
        if (result == Progress.DONE) {
            executor.ended(setup);
            describe(setup, Objects.requireNonNull(tls).session());
        } else {
            executor.began(setup);
        }
        return result;
    }

    @Override
    public void closed(ConnectionSetup setup) {
        executor.ended(setup);
    }

    /** Adds to the connection's facts what the handshake has negotiated. */
    private void describe(ConnectionSetup setup, SSLSession session) {
        String subject = subject(session);
        TlsFacts facts =
                new TlsFacts(
                        session.getProtocol(), session.getCipherSuite(), sni(session), subject);
        ConnectionInfo info = setup.info().withTls(facts);
        String name = nameFromCertificate && subject != null ? commonName(subject) : null;
        setup.info(name == null || Names.nameError(name).isPresent() ? info : info.withName(name));
    }

    @Override
    public String toString() {
        return "TLS handshake";
    }

    private static @Nullable String subject(SSLSession session) {
        try {
            return session.getPeerPrincipal() instanceof X500Principal principal
                    ? principal.getName(X500Principal.RFC2253)
                    : null;
        } catch (SSLPeerUnverifiedException e) {
            return null; // the client sent no certificate
        }
    }

    private static @Nullable String sni(SSLSession session) {
        return session instanceof ExtendedSSLSession extended
                ? extended.getRequestedServerNames().stream()
                        .filter(SNIHostName.class::isInstance)
                        .map(name -> ((SNIHostName) name).getAsciiName())
                        .findFirst()
                        .orElse(null)
                : null;
    }

    /**
     * Returns the common name that stands first in the subject, which is the most specific one (RFC
     * 2253, section 2.1); null if there is none.
     */
    private static @Nullable String commonName(String subject) {
        String found = null;
        try {
            for (Rdn rdn : new LdapName(subject).getRdns()) { // from the last one to the first
                if (rdn.getType().equalsIgnoreCase("CN") && rdn.getValue() instanceof String name) {
                    found = name;
                }
            }
        } catch (InvalidNameException e) {
            return null; // the subject cannot be parsed
        }
        return found;
    }
}
