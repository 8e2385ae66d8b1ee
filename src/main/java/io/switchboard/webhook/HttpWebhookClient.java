package io.switchboard.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.time.format.DateTimeFormatter.RFC_1123_DATE_TIME;

import io.switchboard.events.Event;
import io.switchboard.events.EventPeer;
import io.switchboard.fatal.FatalErrors;
import io.switchboard.net.Endpoint;
import io.switchboard.net.ForbiddenAddress;
import io.switchboard.peer.DurationText;
import io.switchboard.peer.Listener;
import io.switchboard.tracing.TraceSpan;
import io.switchboard.tracing.Tracing;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.security.GeneralSecurityException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.DefaultHttpResponseParserFactory;
import org.apache.hc.client5.http.impl.io.ManagedHttpClientConnectionFactory;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.client5.http.ssl.TlsSocketStrategy;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpConnectionMetrics;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.json.JsonMapper;

/**
 * Posts each event to a URL with a POST of its own over persistent connections. It follows no
 * redirects and uses no proxy.
 *
 * <p>The host is resolved once for each connection: {@link CheckedResolver} refuses {@linkplain
 * ForbiddenAddress forbidden} addresses, and the connection goes to one of the addresses that it
 * returned. A name that changes its address in between reaches nothing. This needs an HTTP client
 * whose resolver is a setting, as Apache's is and the JDK's is not.
 *
 * <p>Thread-safe. A timer of the JDK cancels an attempt that takes too long, and closes idle
 * connections; it runs only while there are connections.
 */
final class HttpWebhookClient implements WebhookClient {
    /** The limits of the head of a response, besides {@link BoundedResponseParser}. */
    private static final Http1Config HEADS =
            Http1Config.custom().setMaxLineLength(8 * 1024).setMaxHeaderCount(100).build();

    /** The limits of what is between the chunks of a response and after them. */
    private static final Http1Config CHUNKS = Http1Config.copy(HEADS).setMaxHeaderCount(10).build();

    /** The longest delay that a back end can request with Retry-After. */
    private static final Duration MAX_RETRY_AFTER = Duration.ofDays(1);

    /** How long a connection without a post stays open, unless the back end says less. */
    private static final Duration KEEP_ALIVE = Duration.ofSeconds(30);

    /**
     * Idle time after which a connection is examined, which takes a millisecond, before it is used
     * again.
     */
    private static final Duration EXAMINE_AFTER = Duration.ofSeconds(1);

    private static final byte[] NO_ANSWER = {};
    private static final String ALGORITHM = "HmacSHA256";
    private static final ContentType JSON = ContentType.create("application/json");
    private static final String USER_AGENT = "Switchboard";

    private final Listener listener;
    private final URI uri;
    private final HttpHost host;
    private final String boot;
    private final @Nullable String secret;
    private final Tracing tracing;
    private final WebhookAnswerBudget answers;
    private final WebhookHeaders headers;
    private final boolean sendsAnswers;
    private final Duration timeout;
    private final RequestConfig config;
    private final PoolingHttpClientConnectionManager connections;
    private final CloseableHttpClient client;

    /** Whether {@link #closeIdle} will run. */
    private final AtomicBoolean closesIdle = new AtomicBoolean();

    /**
     * @param boot the start of each delivery id; it differs in each run of the service
     * @param tls makes the TLS connections of an https URL
     */
    HttpWebhookClient(
            Listener listener,
            WebhookProperties properties,
            String boot,
            TlsSocketStrategy tls,
            Tracing tracing,
            WebhookAnswerBudget answers) {
        this(listener, properties, boot, tls, tracing, answers, InetAddress::getAllByName);
    }

    /** Creates the client with a name service. */
    HttpWebhookClient(
            Listener listener,
            WebhookProperties properties,
            String boot,
            TlsSocketStrategy tls,
            Tracing tracing,
            WebhookAnswerBudget answers,
            Lookup names) {
        this.listener = listener;
        this.uri = properties.uri();
        this.host = new HttpHost(uri.getScheme(), uri.getHost(), uri.getPort());
        this.boot = boot;
        this.secret = properties.secret();
        this.tracing = tracing;
        this.answers = answers;
        this.headers = WebhookHeaders.of(properties.headers());
        this.sendsAnswers = properties.sendsAnswers();
        this.timeout = properties.timeout();
        Timeout each = Timeout.of(timeout);
        this.config =
                RequestConfig.custom()
                        .setResponseTimeout(each)
                        .setConnectionKeepAlive(TimeValue.of(KEEP_ALIVE))
                        .setAuthenticationEnabled(false)
                        .setProtocolUpgradeEnabled(false)
                        .build();
        this.connections =
                PoolingHttpClientConnectionManagerBuilder.create()
                        .setConnectionFactory(boundedConnections())
                        .setDnsResolver(new CheckedResolver(names))
                        .setTlsSocketStrategy(tls)
                        .setMaxConnTotal(properties.parallel())
                        .setMaxConnPerRoute(properties.parallel())
                        .setDefaultConnectionConfig(
                                ConnectionConfig.custom()
                                        .setConnectTimeout(each)
                                        .setSocketTimeout(each)
                                        .setValidateAfterInactivity(TimeValue.of(EXAMINE_AFTER))
                                        .build())
                        .build();
        this.client =
                HttpClients.custom()
                        .setConnectionManager(connections)
                        .disableAutomaticRetries() // WebhookRetries has them
                        .disableRedirectHandling()
                        .disableCookieManagement()
                        .disableAuthCaching()
                        .disableConnectionState()
                        .disableContentCompression()
                        .setUserAgent(USER_AGENT)
                        .build();
    }

    /** Makes connections that refuse a response without an end. The default has no limits. */
    private static ManagedHttpClientConnectionFactory boundedConnections() {
        DefaultHttpResponseParserFactory parsers = new DefaultHttpResponseParserFactory(HEADS);
        return ManagedHttpClientConnectionFactory.builder()
                .http1Config(CHUNKS)
                .responseParserFactory(_ -> new BoundedResponseParser(parsers.create()))
                .build();
    }

    /** Looks a host up, as {@link InetAddress#getAllByName} does. */
    @FunctionalInterface
    interface Lookup {
        InetAddress[] addresses(String host) throws UnknownHostException;
    }

    /** Resolves the host for the HTTP client, to addresses to which it may connect. */
    private record CheckedResolver(Lookup lookup) implements DnsResolver {

        @Override
        public InetAddress[] resolve(String host) throws UnknownHostException {
            InetAddress[] addresses = lookup.addresses(host);
            for (InetAddress address : addresses) {
                if (ForbiddenAddress.is(address)) {
                    throw new ForbiddenHostException(
                            "%s is %s, a link-local or metadata address, which is never posted to"
                                    .formatted(host, address.getHostAddress()));
                }
            }
            return addresses;
        }

        @Override
        public String resolveCanonicalHostname(String host) {
            return host; // only Kerberos needs another one
        }
    }

    /** A host that may not be posted to. Its message needs no name of an exception. */
    private static final class ForbiddenHostException extends UnknownHostException {
        private static final long serialVersionUID = 1;

        ForbiddenHostException(String message) {
            super(message);
        }
    }

    /** Returns {@link Outcome.Failed} for every exception, so that the event is posted again. */
    @Override
    public Outcome post(WebhookQueue.PeerEventQueue peerQueue, QueuedEvent event) {
        HttpPost post = new HttpPost(uri);
        Future<?> cancel =
                ForkJoinPool.commonPool()
                        .schedule(post::cancel, timeout.toNanos(), TimeUnit.NANOSECONDS);
        try {
            fill(post, peerQueue, event);
            HttpClientContext context = HttpClientContext.create();
            return outcome(client.executeOpen(host, post, context), context.getEndpointDetails());
        } catch (Exception e) {
            FatalErrors.check(e);
            String reason =
                    post.isCancelled()
                            ? "no complete answer within " + DurationText.of(timeout)
                            : text(e);
            return new Outcome.Failed(reason, Duration.ZERO);
        } finally {
            cancel.cancel(false);
            post.cancel(); // closes the connection, unless the response was read to its end
            closeIdleLater();
        }
    }

    private static String text(Exception e) {
        String message = e.getMessage();
        if (e instanceof ForbiddenHostException && message != null) {
            return message;
        }
        String name = e.getClass().getSimpleName();
        return message == null ? name : name + ": " + message;
    }

    private void fill(HttpPost post, WebhookQueue.PeerEventQueue peerQueue, QueuedEvent queued) {
        switch (queued) {
            case QueuedEvent.InMemory(Event event, _) ->
                    fill(
                            post,
                            json(event, peerQueue.peername()),
                            delivery(boot, listener.name(), event.seq()));
            case QueuedEvent.InStore event -> fill(post, event.body(), event.delivery());
        }
    }

    private void fill(HttpPost post, byte[] body, String delivery) {
        post.setConfig(config);
        headers.forEach(post::setHeader);
        post.setHeader("X-Switchboard-Delivery", delivery);
        if (secret != null) {
            long now = Instant.now().getEpochSecond();
            post.setHeader("X-Switchboard-Signature", signature(secret, body, now));
        }
        tracing.writeTo(post::setHeader);
        post.setEntity(new ByteArrayEntity(body, JSON));
    }

    /** Returns the id of the delivery of an event that happened in this run of the service. */
    static String delivery(String boot, String listener, long seq) {
        return boot + "-" + listener + "-" + seq;
    }

    /**
     * Returns the body of a post.
     *
     * @param peername the address of the peer; null to use that of the event
     */
    static byte[] json(Event event, @Nullable Endpoint peername) {
        EventPeer peer = event.peer();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
        try (JsonGenerator out = JsonMapper.shared().createGenerator(bytes)) {
            event.write(out, null, peername == null && peer != null ? peer.peername() : peername);
        }
        return bytes.toByteArray();
    }

    /**
     * @param connection counts the received bytes
     */
    private Outcome outcome(ClassicHttpResponse response, HttpConnectionMetrics connection)
            throws IOException {
        HttpStatusCode status = HttpStatusCode.valueOf(response.getCode());
        HttpEntity entity = response.getEntity();
        if (entity != null) {
            AnswerBody body =
                    new AnswerBody(entity.getContent(), connection::getReceivedBytesCount);
            if (sendsAnswers && status.isSameCodeAs(HttpStatus.OK)) {
                return accepted(body);
            }
            body.discard();
        }
        if (status.is2xxSuccessful()) {
            return new Outcome.Accepted(NO_ANSWER);
        }
        String reason = "the back end answered " + status.value();
        if (status.is5xxServerError()
                || status.isSameCodeAs(HttpStatus.REQUEST_TIMEOUT)
                || status.isSameCodeAs(HttpStatus.TOO_EARLY)
                || status.isSameCodeAs(HttpStatus.TOO_MANY_REQUESTS)) {
            Header retryAfter = response.getFirstHeader(HttpHeaders.RETRY_AFTER);
            return new Outcome.Failed(
                    reason,
                    retryAfter(retryAfter == null ? null : retryAfter.getValue(), Instant.now()));
        }
        return new Outcome.Refused(reason);
    }

    private Outcome accepted(AnswerBody body) throws IOException {
        WebhookAnswerBudget.Share memory = answers.share();
        boolean isRead = false;
        try {
            Outcome accepted = new Outcome.Accepted(body.read(memory), memory::release);
            isRead = true;
            return accepted;
        } finally {
            if (!isRead) {
                memory.release();
            }
        }
    }

    /** Sees to it that connections are closed after they have been idle. */
    private void closeIdleLater() {
        if (!closesIdle.get() && closesIdle.compareAndSet(false, true)) {
            CompletableFuture.delayedExecutor(KEEP_ALIVE.toSeconds(), TimeUnit.SECONDS)
                    .execute(this::closeIdle);
        }
    }

    private void closeIdle() {
        closesIdle.set(false);
        connections.closeExpired();
        connections.closeIdle(TimeValue.of(KEEP_ALIVE));
        if (connections.getTotalStats().getAvailable() > 0) {
            closeIdleLater();
        }
    }

    /**
     * Returns the header that lets a back end verify the sender and the time of a post: {@code
     * t=<unix seconds>,v1=<hex>}, where the hex part is the HMAC-SHA256 of {@code <t>.<body>}.
     */
    static String signature(String secret, byte[] body, long seconds) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(secret.getBytes(UTF_8), ALGORITHM));
            mac.update((seconds + ".").getBytes(UTF_8));
            return "t=" + seconds + ",v1=" + HexFormat.of().formatHex(mac.doFinal(body));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has " + ALGORITHM, e);
        }
    }

    /**
     * Returns the delay that a Retry-After header requests (RFC 9110, section 10.2.3), one day at
     * most; zero if the header is missing or malformed.
     *
     * @param header a number of seconds or a date
     */
    static Duration retryAfter(@Nullable String header, Instant now) {
        String text = header == null ? "0" : header.strip();
        try {
            Duration wait =
                    text.matches("\\d{1,9}")
                            ? Duration.ofSeconds(Long.parseLong(text))
                            : Duration.between(now, Instant.from(RFC_1123_DATE_TIME.parse(text)));
            if (wait.isNegative()) {
                return Duration.ZERO;
            }
            return wait.compareTo(MAX_RETRY_AFTER) > 0 ? MAX_RETRY_AFTER : wait;
        } catch (DateTimeException e) {
            return Duration.ZERO;
        }
    }

    @Override
    public void describe(TraceSpan span) {
        span.set("http.request.method", "POST");
        span.set("server.address", uri.getHost());
    }

    @Override
    public void close() {
        client.close(CloseMode.IMMEDIATE);
    }
}
