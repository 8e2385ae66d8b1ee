package io.switchboard.webhook;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.Socket;
import java.security.NoSuchAlgorithmException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.client5.http.ssl.HostnameVerificationPolicy;
import org.apache.hc.client5.http.ssl.NoopHostnameVerifier;
import org.apache.hc.client5.http.ssl.TlsSocketStrategy;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.reactor.ssl.SSLBufferMode;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.boot.ssl.SslOptions;

/**
 * Makes the TLS connections of a webhook with its SSL bundle, or with what the JVM trusts. The
 * certificate of the back end must be valid for the host of the URL, which the client also sends as
 * SNI. After the bundle was reloaded, new connections use it.
 */
final class WebhookTls implements TlsSocketStrategy {
    private static final Logger log = LoggerFactory.getLogger(WebhookTls.class);

    private volatile TlsSocketStrategy current;

    private WebhookTls(TlsSocketStrategy current) {
        this.current = current;
    }

    /**
     * Returns the TLS of a webhook.
     *
     * @throws IllegalStateException if the bundle cannot be used
     */
    static WebhookTls of(String listener, WebhookProperties properties, SslBundles bundles) {
        String name = properties.tlsBundle();
        if (name == null) {
            return new WebhookTls( // not loaded before the first TLS connection
                    (socket, host, port, attachment, context) ->
                            strategy(null).upgrade(socket, host, port, attachment, context));
        }
        WebhookTls tls = new WebhookTls(strategy(bundles.getBundle(name)));
        // a handler cannot be removed, and the webhook may end before the service does
        WeakReference<WebhookTls> used = new WeakReference<>(tls);
        bundles.addBundleUpdateHandler(
                name,
                bundle -> {
                    WebhookTls current = used.get();
                    if (current != null) {
                        current.reload(listener, name, bundle);
                    }
                });
        return tls;
    }

    private static TlsSocketStrategy strategy(@Nullable SslBundle bundle) {
        SslOptions options = bundle == null ? SslOptions.NONE : bundle.getOptions();
        return new DefaultClientTlsStrategy(
                bundle == null ? trustOfTheJvm() : bundle.createSslContext(),
                options.getEnabledProtocols(),
                options.getCiphers(),
                SSLBufferMode.STATIC,
                HostnameVerificationPolicy.BUILTIN, // the JDK compares the host (RFC 9525)
                NoopHostnameVerifier.INSTANCE);
    }

    private static SSLContext trustOfTheJvm() {
        try {
            return SSLContext.getDefault();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("the JVM's trust store cannot be used", e);
        }
    }

    private void reload(String listener, String name, SslBundle bundle) {
        try {
            current = strategy(bundle);
            log.info(
                    "listener {}: SSL bundle {} was reloaded, new connections of the webhook use it",
                    listener,
                    name);
        } catch (RuntimeException e) {
            log.error(
                    "listener {}: the reloaded SSL bundle {} cannot be used, new connections of the webhook use the previous one: {}",
                    listener,
                    name,
                    e.toString());
        }
    }

    @Override
    public SSLSocket upgrade(
            Socket socket,
            String target,
            int port,
            @Nullable Object attachment,
            @Nullable HttpContext context)
            throws IOException {
        return current.upgrade(socket, target, port, attachment, context);
    }
}
