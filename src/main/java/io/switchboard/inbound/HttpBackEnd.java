package io.switchboard.inbound;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.time.format.DateTimeFormatter.RFC_1123_DATE_TIME;

import io.switchboard.peer.Listener;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.security.GeneralSecurityException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.client.ClientHttpResponse;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.util.unit.DataSize;
import org.springframework.web.client.ResourceAccessException;
import org.springframework.web.client.RestClient;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.json.JsonMapper;

/**
 * A back end at a URL: one POST an event over connections that are kept, no redirect followed, no
 * proxy asked.
 *
 * <p>Before each attempt the host's addresses are looked up, and none of them may be a {@linkplain
 * ForbiddenAddress forbidden} one. The client looks them up again, and gets the same ones as long
 * as the JVM keeps them (30 s unless its security properties say otherwise).
 */
final class HttpBackEnd implements BackEnd {
    /** The longest answer that is read. */
    private static final int LONGEST_ANSWER = (int) DataSize.ofMegabytes(1).toBytes();

    /** The longest pause that a back end can ask for. */
    private static final Duration LONGEST_PAUSE = Duration.ofDays(1);

    private static final byte[] NOTHING = {};
    private static final String ALGORITHM = "HmacSHA256";

    private final Listener listener;
    private final URI uri;
    private final String boot;
    private final @Nullable String secret;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpClient http;
    private final RestClient client;

    /**
     * @param boot what this run's ids begin with
     */
    HttpBackEnd(Listener listener, WebhookProperties properties, String boot) {
        this.listener = listener;
        this.uri = properties.uri();
        this.boot = boot;
        this.secret = properties.secret();
        this.http =
                HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .followRedirects(HttpClient.Redirect.NEVER)
                        .proxy(HttpClient.Builder.NO_PROXY)
                        .connectTimeout(properties.timeout())
                        .executor(threads)
                        .build();
        JdkClientHttpRequestFactory requests = new JdkClientHttpRequestFactory(http, threads);
        requests.setReadTimeout(properties.timeout());
        requests.enableCompression(false);
        this.client = RestClient.builder().requestFactory(requests).build();
    }

    /** Reports every exception as a failure that another attempt may be spared. */
    @Override
    public Outcome post(WebhookQueue.Lane lane, Event event) {
        try {
            for (InetAddress address : InetAddress.getAllByName(uri.getHost())) {
                if (ForbiddenAddress.is(address)) {
                    return new Outcome.Failed(
                            "%s is %s, a link-local or metadata address, which is never posted to"
                                    .formatted(uri.getHost(), address.getHostAddress()),
                            Duration.ZERO);
                }
            }
            return post(json(lane, event), boot + "-" + listener.name() + "-" + event.seq());
        } catch (Exception e) {
            Throwable cause =
                    e instanceof ResourceAccessException && e.getCause() != null ? e.getCause() : e;
            String name = cause.getClass().getSimpleName();
            String message = cause.getMessage();
            return new Outcome.Failed(
                    message == null ? name : name + ": " + message, Duration.ZERO);
        }
    }

    private static byte[] json(WebhookQueue.Lane lane, Event event) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
        try (JsonGenerator out = JsonMapper.shared().createGenerator(bytes)) {
            event.write(out, null, lane.peername());
        }
        return bytes.toByteArray();
    }

    private Outcome post(byte[] body, String delivery) {
        RestClient.RequestBodySpec post =
                client.post()
                        .uri(uri)
                        .contentType(MediaType.APPLICATION_JSON)
                        .header("X-Switchboard-Delivery", delivery);
        if (secret != null) {
            long now = Instant.now().getEpochSecond();
            post.header("X-Switchboard-Signature", signature(secret, body, now));
        }
        return post.body(body).exchange((request, response) -> outcome(response));
    }

    private static Outcome outcome(ClientHttpResponse response) throws IOException {
        HttpStatusCode status = response.getStatusCode();
        if (status.is2xxSuccessful()) {
            return new Outcome.Heard(
                    status.isSameCodeAs(HttpStatus.OK)
                            ? response.getBody().readNBytes(LONGEST_ANSWER + 1)
                            : NOTHING);
        }
        String why = "it answered " + status.value();
        if (status.is5xxServerError()
                || status.isSameCodeAs(HttpStatus.REQUEST_TIMEOUT)
                || status.isSameCodeAs(HttpStatus.TOO_MANY_REQUESTS)) {
            String retryAfter = response.getHeaders().getFirst(HttpHeaders.RETRY_AFTER);
            return new Outcome.Failed(why, retryAfter(retryAfter, Instant.now()));
        }
        return new Outcome.Refused(why);
    }

    /** Returns whether an answer is longer than any that is written to a peer. */
    static boolean tooLong(byte[] answer) {
        return answer.length > LONGEST_ANSWER;
    }

    /**
     * Returns the header that proves to a back end who posts and when: {@code t=<unix
     * seconds>,v1=<hex>}, where the hex part is the HMAC-SHA256 of {@code <t>.<body>}.
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
     * Returns how long a server asks to wait (RFC 9110, section 10.2.3); zero if the header is
     * missing or unreadable.
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
            return wait.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : wait;
        } catch (DateTimeException e) {
            return Duration.ZERO;
        }
    }

    @Override
    public void close() {
        http.shutdownNow();
        threads.shutdownNow();
    }
}
