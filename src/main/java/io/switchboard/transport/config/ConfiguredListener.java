package io.switchboard.transport.config;

import io.switchboard.framing.Framing;
import io.switchboard.framing.LineFraming;
import io.switchboard.framing.RawFraming;
import io.switchboard.listener.ListenerControl;
import io.switchboard.peer.HalfClose;
import io.switchboard.peer.Identification;
import io.switchboard.peer.LinearPattern;
import io.switchboard.peer.Listener;
import io.switchboard.peer.Listener.Encoder;
import io.switchboard.peer.ListenerCounters;
import io.switchboard.peer.ListenerSocket;
import io.switchboard.peer.Listeners;
import io.switchboard.peer.StreamEnd;
import io.switchboard.peer.Transport;
import io.switchboard.webhook.WebhookProperties;
import io.switchboard.webhook.Webhooks;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.ssl.SslBundles;

/**
 * A configured listener: what its keys mean together.
 *
 * @param properties the keys of the listener, which have been checked
 * @param maxConnections the maximum number of peers
 */
public record ConfiguredListener(String name, ListenerProperties properties, int maxConnections)
        implements ListenerControl.Checked {
    private static final Duration UDP_IDLE_TIMEOUT = Duration.ofSeconds(60);

    private static final Duration HALF_CLOSE_TIMEOUT = Duration.ofSeconds(10);

    /** Returns the transport of the peers: that of the listener, or TLS. */
    public Transport carrier() {
        return properties.tls().bundle() == null ? properties.transport() : Transport.TLS;
    }

    static Framing defaultFraming(Transport transport) {
        return transport == Transport.UDP ? RawFraming.RAW : LineFraming.LINE;
    }

    /** Returns the framing of messages to peers without {@code framing-out}. */
    static Framing defaultFramingOut(Framing in) {
        return in.hasAlternatives() ? RawFraming.RAW : in;
    }

    /** Returns the framing of messages from peers. */
    public Framing in() {
        String word = properties.framing();
        return word == null ? defaultFraming(properties.transport()) : Framing.of(word);
    }

    /** Returns the framing of messages to peers. */
    public Framing out() {
        String word = properties.framingOut();
        return word == null ? defaultFramingOut(in()) : Framing.of(word);
    }

    /** Returns the charset of the text of messages and sends. */
    private Charset charset() {
        return ListenerRules.charset(properties.charset(), in(), out());
    }

    /** Returns what may precede the first frame of a connection. */
    public InputStart start() {
        return InputStart.of(in(), properties);
    }

    /**
     * Returns the time without a byte in either direction after which a peer is closed; 0 for
     * never.
     */
    Duration idleTimeout() {
        Duration configured = properties.idleTimeout();
        if (configured != null) {
            return configured;
        }
        return properties.transport() == Transport.UDP ? UDP_IDLE_TIMEOUT : Duration.ZERO;
    }

    /** Returns what happens when a peer ends its stream; null if the transport has no streams. */
    @Nullable StreamEnd end() {
        HalfClose halfClose = properties.halfClose();
        Duration timeout = properties.halfCloseTimeout();
        return properties.transport() == Transport.UDP
                ? null
                : new StreamEnd(
                        halfClose == null ? HalfClose.ANSWER : halfClose,
                        timeout == null ? HALF_CLOSE_TIMEOUT : timeout,
                        properties.atEnd());
    }

    /** Returns the pattern that matches a reply with its request; null to match in order. */
    @Nullable LinearPattern correlation() {
        return ListenerRules.correlation(
                properties.correlate(), properties.correlateView(), charset());
    }

    /** Returns the encoder of the messages that the service itself sends to peers. */
    Encoder encoder() {
        Framing framing = out();
        return payload -> framing.objection(payload).isPresent() ? null : framing.encode(payload);
    }

    /** Returns where the names and groups of peers come from. */
    Identification identification() {
        return properties
                .identify()
                .identification(out(), charset(), properties.onDuplicate(), properties.groups());
    }

    /** Returns whether the listener is bound to a path instead of an IP address. */
    public boolean isUnix() {
        return properties.transport() == Transport.UNIX;
    }

    /** Returns the port, of a listener that is not bound to a path. */
    public int port() {
        return Objects.requireNonNull(properties.port(), "checked at binding");
    }

    /** Returns the path, of a listener that is bound to one. */
    public Path socketPath() {
        return Path.of(Objects.requireNonNull(properties.path(), "checked at binding"));
    }

    /** Returns the permissions of the file at {@link #socketPath}. */
    public Set<PosixFilePermission> socketMode() {
        return ListenerRules.mode(properties.mode());
    }

    int maxConnectionsPerAddress() {
        Integer configured = properties.maxConnectionsPerAddress();
        return configured != null ? configured : Math.max(1, maxConnections / 4);
    }

    /**
     * Returns the listener as other packages know it.
     *
     * @param framing the name of the framing of messages from peers
     * @param maxFrame the maximum length of a received payload in bytes
     */
    public Listener on(ListenerSocket socket, String framing, long maxFrame) {
        return on(socket, framing, maxFrame, new ListenerCounters());
    }

    /**
     * Returns the listener that takes the place of another one with the same socket.
     *
     * @param before the listener until now, whose framing and counters stay
     */
    public Listener replacing(Listener before) {
        return on(before.socket(), before.framing(), before.maxFrame(), before.counters());
    }

    private Listener on(
            ListenerSocket socket, String framing, long maxFrame, ListenerCounters counters) {
        Encoder encoder = encoder();
        return new Listener(
                name,
                carrier(),
                properties.proxyProtocol(),
                properties.tls().clientAuth() == TlsProperties.ClientAuth.NEED,
                framing,
                out().word(),
                charset(),
                (int) maxFrame,
                maxConnections,
                maxConnectionsPerAddress(),
                properties.limits().limits(),
                idleTimeout(),
                end(),
                identification(),
                correlation(),
                payload -> {
                    byte[] frame = encoder.frame(payload);
                    return frame == null || frame.length > socket.longestSend() ? null : frame;
                },
                socket,
                counters);
    }

    /**
     * Adds the listener to the list of listeners, and to the webhooks if it has one.
     *
     * @throws BundleFailure if the webhook names an SSL bundle that cannot be used
     */
    public void announce(Listener listener, Beans beans) {
        checkWebhook(beans);
        beans.bean(Listeners.class).add(listener);
        WebhookProperties webhook = properties.webhook();
        if (webhook != null) {
            beans.bean(Webhooks.class).add(listener, webhook);
        }
    }

    /**
     * Checks the SSL bundle that the webhook names, if it does.
     *
     * @throws BundleFailure it cannot be used
     */
    public void checkWebhook(Beans beans) {
        WebhookProperties webhook = properties.webhook();
        String bundle = webhook == null ? null : webhook.tlsBundle();
        if (bundle != null) {
            BundleFailure.requireUsableBundle(
                    "switchboard.listeners." + name + ".webhook.tls-bundle",
                    bundle,
                    beans.bean(SslBundles.class));
        }
    }

    /**
     * Checks the SSL bundles that the listener and its webhook name, if they do.
     *
     * @throws BundleFailure one cannot be used
     */
    public void checkBundles(Beans beans) {
        String bundle = properties.tls().bundle();
        if (bundle != null) {
            BundleFailure.requireUsableBundle(
                    "switchboard.listeners." + name + ".tls.bundle",
                    bundle,
                    beans.bean(SslBundles.class));
        }
        checkWebhook(beans);
    }

    /** The beans of the service that a listener uses. */
    @FunctionalInterface
    public interface Beans {
        <T> T bean(Class<T> type);
    }
}
