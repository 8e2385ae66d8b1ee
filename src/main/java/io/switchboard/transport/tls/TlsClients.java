package io.switchboard.transport.tls;

import io.switchboard.transport.stream.ConnectionSetup;
import io.switchboard.transport.stream.SocketStream;
import java.security.NoSuchAlgorithmException;
import java.util.TreeSet;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.boot.ssl.SslOptions;
import org.springframework.stereotype.Component;
import tlschannel.ClientTlsChannel;

/**
 * Creates the TLS handshakes of connections that this service makes. The certificate of the remote
 * end must be valid for the host that was dialled. Thread-safe.
 */
@Component
public final class TlsClients {
    private final SslBundles bundles;
    private final HandshakeExecutor executor;

    TlsClients(SslBundles bundles, HandshakeExecutor executor) {
        this.bundles = bundles;
        this.executor = executor;
    }

    /**
     * Returns what creates the handshake of each connection to a host.
     *
     * @param bundle the SSL bundle whose trust store, key, protocols and ciphers apply; null for
     *     the certificates that the JVM trusts
     * @param host the host that was dialled, which the client requests (SNI) and the certificate
     *     must contain
     * @throws IllegalArgumentException the bundle does not exist or cannot be used; the message
     *     names the fault
     */
    public Supplier<ConnectionSetup.Step> handshakes(
            @Nullable String bundle, String host, int port) {
        SSLContext context = context(bundle);
        SslOptions options =
                bundle == null ? SslOptions.NONE : bundles.getBundle(bundle).getOptions();
        return () ->
                TlsHandshake.ofClient(
                        socket -> wrap(socket, engine(context, options, host, port)), executor);
    }

    private SSLContext context(@Nullable String bundle) {
        try {
            return bundle == null ? SSLContext.getDefault() : find(bundle).createSslContext();
        } catch (NoSuchAlgorithmException | IllegalStateException e) {
            String name = bundle == null ? "the JVM's trust store" : "SSL bundle '" + bundle + "'";
            throw new IllegalArgumentException(name + " cannot be used: " + e.getMessage(), e);
        }
    }

    private SslBundle find(String name) {
        if (!bundles.getBundleNames().contains(name)) {
            String known = String.join(", ", new TreeSet<>(bundles.getBundleNames()));
            throw new IllegalArgumentException(
                    "there is no SSL bundle '%s': %s"
                            .formatted(
                                    name,
                                    known.isEmpty()
                                            ? "spring.ssl.bundle.* defines none"
                                            : "spring.ssl.bundle.* defines " + known));
        }
        return bundles.getBundle(name);
    }

    private static SSLEngine engine(SSLContext context, SslOptions options, String host, int port) {
        SSLEngine engine = context.createSSLEngine(host, port);
        engine.setUseClientMode(true);
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS"); // also RFC 9525: compares the host
        if (options.getEnabledProtocols() != null) {
            parameters.setProtocols(options.getEnabledProtocols());
        }
        if (options.getCiphers() != null) {
            parameters.setCipherSuites(options.getCiphers());
        }
        engine.setSSLParameters(parameters);
        return engine;
    }

    private static TlsStream wrap(SocketStream socket, SSLEngine engine) {
        TlsRecords records = new TlsRecords(socket);
        return new TlsStream(
                socket,
                records,
                ClientTlsChannel.newBuilder(records, engine)
                        .withRunTasks(false)
                        .withReleaseBuffers(true)
                        .withPlainBufferAllocator(TlsEngines.BUFFERS)
                        .withEncryptedBufferAllocator(TlsEngines.BUFFERS)
                        .build());
    }
}
