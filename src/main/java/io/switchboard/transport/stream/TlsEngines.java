package io.switchboard.transport.stream;

import io.switchboard.transport.BundleFailure;
import io.switchboard.transport.TlsProperties;
import io.switchboard.transport.TlsProperties.ClientAuth;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundles;
import tlschannel.BufferAllocator;
import tlschannel.DirectBufferAllocator;
import tlschannel.ServerTlsChannel;

/**
 * Puts TLS on the connections of one listener: with its bundle as it is when they come, so that
 * certificates are renewed without a restart and without an end of the connections there are.
 */
final class TlsEngines {
    private static final Logger log = LoggerFactory.getLogger("io.switchboard.transport.listener");

    /** What is older is broken (RFC 8996). */
    private static final Set<String> SAFE = Set.of("TLSv1.2", "TLSv1.3");

    /** All connections share it. */
    private static final BufferPool BUFFERS = new BufferPool();

    /** A bundle as it is at a time; null ciphers are the JDK's own choice. */
    @SuppressWarnings("ArrayRecordComponent") // bundles are not compared
    private record Current(SSLContext context, String[] protocols, String @Nullable [] ciphers) {

        /**
         * @throws RuntimeException a key or certificate that cannot be read, or a bundle without a
         *     safe version: the message says which
         */
        static Current of(SslBundle bundle) {
            String[] enabled = bundle.getOptions().getEnabledProtocols();
            String[] protocols =
                    (enabled == null
                                    ? SAFE.stream()
                                    : Arrays.stream(enabled).filter(SAFE::contains))
                            .sorted()
                            .toArray(String[]::new);
            if (protocols.length == 0) {
                throw new IllegalArgumentException(
                        "it enables "
                                + List.of(Objects.requireNonNull(enabled))
                                + " alone, and peers are served TLSv1.2 and TLSv1.3");
            }
            SSLContext context = bundle.createSslContext();
            Current current = new Current(context, protocols, bundle.getOptions().getCiphers());
            current.engine(context, ClientAuth.NONE); // names a cipher that does not exist, now
            return current;
        }

        SSLEngine engine(SSLContext from, ClientAuth clientAuth) {
            SSLEngine engine = from.createSSLEngine();
            engine.setUseClientMode(false);
            if (!Set.of(engine.getEnabledProtocols()).equals(Set.of(protocols))) {
                engine.setEnabledProtocols(protocols); // a list of its own for each engine
            }
            if (ciphers != null) {
                engine.setEnabledCipherSuites(ciphers);
            }
            switch (clientAuth) {
                case NONE -> engine.setNeedClientAuth(false);
                case WANT -> engine.setWantClientAuth(true);
                case NEED -> engine.setNeedClientAuth(true);
            }
            return engine;
        }
    }

    private final ClientAuth clientAuth;
    private volatile Current current;

    private TlsEngines(ClientAuth clientAuth, Current current) {
        this.clientAuth = clientAuth;
        this.current = current;
    }

    /** Throws {@link BundleFailure} when there is no such bundle, or it is of no use. */
    static TlsEngines of(String listener, TlsProperties asked, SslBundles bundles) {
        String name = Objects.requireNonNull(asked.bundle());
        String key = "switchboard.listeners." + listener + ".tls.bundle";
        if (!bundles.getBundleNames().contains(name)) {
            throw new BundleFailure(key, name, "there is no such bundle", advice(bundles), null);
        }
        TlsEngines engines;
        try {
            engines = new TlsEngines(asked.clientAuth(), Current.of(bundles.getBundle(name)));
        } catch (RuntimeException e) {
            throw new BundleFailure(
                    key,
                    name,
                    "the bundle cannot be used: " + e.getMessage(),
                    "Look at spring.ssl.bundle.*." + name + ".",
                    e);
        }
        bundles.addBundleUpdateHandler(name, bundle -> engines.renew(listener, name, bundle));
        return engines;
    }

    private static String advice(SslBundles bundles) {
        Set<String> names = new TreeSet<>(bundles.getBundleNames());
        return names.isEmpty()
                ? "There are no bundles: spring.ssl.bundle.pem.<name>.keystore.certificate and"
                        + " .private-key make one."
                : "Set it to one of " + String.join(", ", names) + ".";
    }

    private void renew(String listener, String name, SslBundle bundle) {
        try {
            current = Current.of(bundle);
            log.info("listener {}: new connections get bundle {} as it is now", listener, name);
        } catch (RuntimeException e) {
            log.error(
                    "listener {}: goes on with bundle {} as it was: {}",
                    listener,
                    name,
                    e.toString());
        }
    }

    /** TLS on a connection that has just come. */
    TlsWire on(Wire wire) {
        Current now = current;
        Ciphertext ciphertext = new Ciphertext(wire);
        return new TlsWire(
                wire,
                ciphertext,
                ServerTlsChannel.newBuilder(ciphertext, now.context())
                        .withEngineFactory(context -> now.engine(context, clientAuth))
                        .withRunTasks(false)
                        .withReleaseBuffers(true)
                        .withPlainBufferAllocator(BUFFERS)
                        .withEncryptedBufferAllocator(BUFFERS)
                        .build());
    }

    /**
     * Direct buffers that are used again: a TLS connection has some only while bytes go through it,
     * or wait in it.
     *
     * <p>Thread-safe: this object's monitor guards the free ones.
     */
    private static final class BufferPool implements BufferAllocator {

        /**
         * Of each size. More are in use only while so many peers hold half a record: then they come
         * from the system and go back to it.
         */
        private static final int MOST_FREE = 64;

        private final BufferAllocator system = new DirectBufferAllocator();
        private final Map<Integer, Deque<ByteBuffer>> free = new HashMap<>();

        /** The size is one of the few that tls-channel asks for, 4 to 17 KiB. */
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
                if (ofSize.size() < MOST_FREE) {
                    ofSize.addFirst(buffer);
                    return;
                }
            }
            system.free(buffer);
        }
    }
}
