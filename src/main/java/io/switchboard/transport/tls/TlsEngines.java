package io.switchboard.transport.tls;

import io.switchboard.transport.config.BundleFailure;
import io.switchboard.transport.config.TlsProperties;
import io.switchboard.transport.config.TlsProperties.ClientAuth;
import io.switchboard.transport.stream.SocketStream;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundles;
import tlschannel.BufferAllocator;
import tlschannel.DirectBufferAllocator;
import tlschannel.ServerTlsChannel;

/**
 * Creates the TLS streams of one listener's connections from its SSL bundle. After the bundle was
 * reloaded, new connections use the new certificates and existing connections stay open.
 * Thread-safe.
 */
public final class TlsEngines {
    private static final Logger log = LoggerFactory.getLogger("io.switchboard.transport.listener");

    /** RFC 8996 deprecates the older versions. */
    private static final Set<String> SUPPORTED = Set.of("TLSv1.2", "TLSv1.3");

    /**
     * The elliptic curves of RFC 8446, section 4.2.7. A key exchange in a finite field (ffdhe8192)
     * takes 54 ms of CPU instead of 2, and a client can demand it without computing anything.
     */
    private static final String[] NAMED_GROUPS = {"x25519", "secp256r1", "secp384r1", "secp521r1"};

    /** Shared by all connections of all listeners. */
    static final BufferAllocator BUFFERS = new BufferPool();

    /**
     * The settings of a bundle at the time it was loaded.
     *
     * @param ciphers null for the JDK's default cipher suites
     */
    @SuppressWarnings("ArrayRecordComponent") // bundles are not compared
    private record BundleState(
            SSLContext context, String[] protocols, String @Nullable [] ciphers) {

        /**
         * Reads the bundle's settings and checks them by creating an engine.
         *
         * @throws RuntimeException if a key or certificate cannot be read, a cipher suite is
         *     unknown, or no supported version is enabled; the message names the fault
         */
        static BundleState of(SslBundle bundle) {
            String[] enabled = bundle.getOptions().getEnabledProtocols();
            String[] protocols =
                    (enabled == null
                                    ? SUPPORTED.stream()
                                    : Arrays.stream(enabled).filter(SUPPORTED::contains))
                            .sorted()
                            .toArray(String[]::new);
            if (protocols.length == 0) {
                throw new IllegalArgumentException(
                        "its enabled-protocols are "
                                + List.of(Objects.requireNonNull(enabled))
                                + ", and they must include TLSv1.2 or TLSv1.3");
            }
            SSLContext context = bundle.createSslContext();
            BundleState state =
                    new BundleState(context, protocols, bundle.getOptions().getCiphers());
            state.engine(context, ClientAuth.NONE); // throws now if a configured cipher is unknown
            return state;
        }

        /**
         * Returns the default cipher suites without those whose key exchange is in a finite field.
         */
        private static String[] withoutFiniteFields(SSLParameters parameters) {
            return Arrays.stream(parameters.getCipherSuites())
                    .filter(suite -> !suite.startsWith("TLS_DHE_"))
                    .toArray(String[]::new);
        }

        SSLEngine engine(SSLContext source, ClientAuth clientAuth) {
            SSLEngine engine = source.createSSLEngine();
            engine.setUseClientMode(false);
            if (!Set.of(engine.getEnabledProtocols()).equals(Set.of(protocols))) {
                engine.setEnabledProtocols(protocols); // copies the list, so only if it differs
            }
            SSLParameters parameters = engine.getSSLParameters();
            parameters.setNamedGroups(NAMED_GROUPS);
            parameters.setCipherSuites(ciphers == null ? withoutFiniteFields(parameters) : ciphers);
            engine.setSSLParameters(parameters);
            switch (clientAuth) {
                case NONE -> engine.setNeedClientAuth(false);
                case WANT -> engine.setWantClientAuth(true);
                case NEED -> engine.setNeedClientAuth(true);
            }
            return engine;
        }
    }

    private final ClientAuth clientAuth;
    private volatile BundleState current;

    private TlsEngines(ClientAuth clientAuth, BundleState current) {
        this.clientAuth = clientAuth;
        this.current = current;
    }

    /**
     * Returns the engines of a listener, and registers them for reloads of its bundle.
     *
     * @throws BundleFailure if the bundle does not exist or cannot be used
     */
    public static TlsEngines of(String listener, TlsProperties properties, SslBundles bundles) {
        String name = Objects.requireNonNull(properties.bundle());
        String key = "switchboard.listeners." + listener + ".tls.bundle";
        BundleFailure.requireBundle(key, name, bundles);
        TlsEngines engines;
        try {
            engines =
                    new TlsEngines(
                            properties.clientAuth(), BundleState.of(bundles.getBundle(name)));
        } catch (RuntimeException e) {
            throw BundleFailure.unusable(key, name, e);
        }
        // a handler cannot be removed, and the listener may be closed before the service ends
        WeakReference<TlsEngines> used = new WeakReference<>(engines);
        bundles.addBundleUpdateHandler(
                name,
                bundle -> {
                    TlsEngines current = used.get();
                    if (current != null) {
                        current.reload(listener, name, bundle);
                    }
                });
        return engines;
    }

    private void reload(String listener, String name, SslBundle bundle) {
        try {
            current = BundleState.of(bundle);
            log.info(
                    "listener {}: SSL bundle {} was reloaded, new connections use it",
                    listener,
                    name);
        } catch (RuntimeException e) {
            log.error(
                    "listener {}: the reloaded SSL bundle {} cannot be used, new connections use the previous one: {}",
                    listener,
                    name,
                    e.toString());
        }
    }

    /**
     * Returns a TLS stream for a new connection. Its first {@link TlsStream#handshake} creates the
     * engine.
     */
    TlsStream wrap(SocketStream socket) {
        BundleState state = current;
        TlsRecords records = new TlsRecords(socket);
        return new TlsStream(
                socket,
                records,
                ServerTlsChannel.newBuilder(records, state.context())
                        .withEngineFactory(context -> state.engine(context, clientAuth))
                        .withRunTasks(false)
                        .withReleaseBuffers(true)
                        .withPlainBufferAllocator(BUFFERS)
                        .withEncryptedBufferAllocator(BUFFERS)
                        .build());
    }

    /**
     * A pool of direct buffers. A TLS connection holds buffers only while bytes pass through it or
     * wait in it.
     *
     * <p>Thread-safe: this object's monitor guards the free buffers.
     */
    private static final class BufferPool implements BufferAllocator {

        /**
         * The most free buffers of each size. More are in use only while more peers than this have
         * sent part of a record; those are allocated and freed one by one.
         */
        private static final int MAX_FREE = 64;

        private final BufferAllocator system = new DirectBufferAllocator();
        private final Map<Integer, Deque<ByteBuffer>> free = new HashMap<>();

        /** Returns a free buffer or a new one. tls-channel requests few sizes, 4 to 17 KiB. */
        @Override
        public ByteBuffer allocate(int size) {
            ByteBuffer buffer;
            synchronized (this) {
                Deque<ByteBuffer> ofSize = free.get(size);
                buffer = ofSize == null ? null : ofSize.pollFirst();
            }
            return buffer == null ? system.allocate(size) : buffer.clear();
        }

        @Override
        public void free(ByteBuffer buffer) {
            synchronized (this) {
                Deque<ByteBuffer> ofSize =
                        free.computeIfAbsent(buffer.capacity(), size -> new ArrayDeque<>());
                if (ofSize.size() < MAX_FREE) {
                    ofSize.addFirst(buffer);
                    return;
                }
            }
            system.free(buffer);
        }
    }
}
