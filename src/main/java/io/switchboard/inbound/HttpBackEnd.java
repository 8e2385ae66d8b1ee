package io.switchboard.inbound;

import static java.nio.charset.StandardCharsets.UTF_8;

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
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
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
    /** Headers of each post. */
    static final String DELIVERY = "X-Switchboard-Delivery";

    static final String SIGNATURE = "X-Switchboard-Signature";

    /** The longest answer that is read. */
    private static final int LONGEST_ANSWER = (int) DataSize.ofMegabytes(1).toBytes();

    private static final byte[] NOTHING = {};

    private final Listener listener;
    private final URI uri;
    private final String boot;
    private final @Nullable Signature signature;
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
        String secret = properties.secret();
        this.signature = secret == null ? null : new Signature(secret);
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

    @Override
    public Outcome post(WebhookQueue.Lane lane, Event event) {
        return BackEnd.attempt(
                () -> {
                    String forbidden = forbidden();
                    return forbidden == null
                            ? post(json(lane, event), deliveryId(event))
                            : new Outcome.Failed(forbidden, Duration.ZERO);
                });
    }

    private byte[] json(WebhookQueue.Lane lane, Event event) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
        try (JsonGenerator out = JsonMapper.shared().createGenerator(bytes)) {
            event.write(out, null, lane.peername());
        }
        return bytes.toByteArray();
    }

    private String deliveryId(Event event) {
        return boot + "-" + listener.name() + "-" + event.seq();
    }

    private @Nullable String forbidden() throws IOException {
        for (InetAddress address : InetAddress.getAllByName(uri.getHost())) {
            if (ForbiddenAddress.is(address)) {
                return uri.getHost()
                        + " is "
                        + address.getHostAddress()
                        + ", a link-local or metadata address, which is never posted to";
            }
        }
        return null;
    }

    private Outcome post(byte[] body, String delivery) {
        return client.post()
                .uri(uri)
                .contentType(MediaType.APPLICATION_JSON)
                .headers(headers -> sign(headers, body, delivery))
                .body(body)
                .exchange((request, response) -> outcome(response));
    }

    private void sign(HttpHeaders headers, byte[] body, String delivery) {
        headers.set(DELIVERY, delivery);
        if (signature != null) {
            headers.set(SIGNATURE, signature.of(body, Instant.now().getEpochSecond()));
        }
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
        return status.is5xxServerError()
                        || status.isSameCodeAs(HttpStatus.REQUEST_TIMEOUT)
                        || status.isSameCodeAs(HttpStatus.TOO_MANY_REQUESTS)
                ? new Outcome.Failed(
                        why,
                        RetryAfter.read(
                                response.getHeaders().getFirst(HttpHeaders.RETRY_AFTER),
                                Instant.now()))
                : new Outcome.Refused(why);
    }

    /** Whether an answer is longer than any that is written to a peer. */
    static boolean tooLong(byte[] answer) {
        return answer.length > LONGEST_ANSWER;
    }

    @Override
    public void close() {
        http.shutdownNow();
        threads.shutdownNow();
    }

    /**
     * Signs posts, so that a back end knows who sent them and when: {@code t=<unix
     * seconds>,v1=<hex>}, of which the second is HMAC-SHA256 of {@code <t>.<body>} with the secret.
     * Thread-safe.
     */
    static final class Signature {
        private static final String ALGORITHM = "HmacSHA256";

        private final SecretKeySpec key;

        Signature(String secret) {
            key = new SecretKeySpec(secret.getBytes(UTF_8), ALGORITHM);
        }

        /** The header's value. */
        String of(byte[] body, long seconds) {
            try {
                Mac mac = Mac.getInstance(ALGORITHM);
                mac.init(key);
                mac.update((seconds + ".").getBytes(UTF_8));
                return "t=" + seconds + ",v1=" + HexFormat.of().formatHex(mac.doFinal(body));
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("every JDK has " + ALGORITHM, e);
            }
        }
    }

    /** The header by which an HTTP server says when to come again (RFC 9110, section 10.2.3). */
    static final class RetryAfter {
        /** More than anybody waits, and far from what would overflow. */
        private static final Duration LONGEST = Duration.ofDays(1);

        private RetryAfter() {}

        /**
         * How long to wait.
         *
         * @param header a number of seconds or a date
         * @return zero without the header, or where it says nothing that can be read
         */
        static Duration read(@Nullable String header, Instant now) {
            Duration wait = header == null ? Duration.ZERO : parse(header.strip(), now);
            if (wait.isNegative()) {
                return Duration.ZERO;
            }
            return wait.compareTo(LONGEST) > 0 ? LONGEST : wait;
        }

        private static Duration parse(String header, Instant now) {
            try {
                return header.matches("\\d{1,9}")
                        ? Duration.ofSeconds(Long.parseLong(header))
                        : Duration.between(
                                now,
                                ZonedDateTime.parse(header, DateTimeFormatter.RFC_1123_DATE_TIME)
                                        .toInstant());
            } catch (DateTimeException e) {
                return Duration.ZERO;
            }
        }
    }
}
