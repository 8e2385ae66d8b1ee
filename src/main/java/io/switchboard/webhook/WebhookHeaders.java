package io.switchboard.webhook;

import io.switchboard.net.SecretFile;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The headers that the configuration adds to each post of a webhook. A key {@code NAME} has the
 * value, and a key {@code NAME-file} the path of a file that contains it. Values are secrets: no
 * error and no log line contains one.
 *
 * <p>A file is read again at most once in {@link #REREAD}, by a thread that posts, so that a token
 * that is renewed on the disk is used without a restart. If the file cannot be read then, or has no
 * valid value, the previous value stays.
 */
final class WebhookHeaders {
    private static final Logger log = LoggerFactory.getLogger(WebhookHeaders.class);

    /** How long the content of a file is used without a look at the file. */
    static final Duration REREAD = Duration.ofSeconds(1);

    private static final String KEY = "webhook.headers.";
    private static final String FILE = "-file";
    private static final int MAX_VALUE = 8 * 1024;

    /** RFC 9110, section 5.6.2. */
    private static final Pattern NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");

    /** The headers that the service or its HTTP client sets, or that would change the framing. */
    private static final Set<String> RESERVED =
            Set.of(
                    "connection",
                    "content-encoding",
                    "content-length",
                    "content-type",
                    "expect",
                    "host",
                    "keep-alive",
                    "proxy-connection",
                    "te",
                    "traceparent",
                    "tracestate",
                    "trailer",
                    "transfer-encoding",
                    "upgrade");

    private static final String OWN_PREFIX = "x-switchboard-";

    private final List<Header> headers = new ArrayList<>();

    private sealed interface Header {
        String name();

        String value();
    }

    private record Fixed(String name, String value) implements Header {}

    private WebhookHeaders() {}

    /**
     * Returns the headers of these keys.
     *
     * @throws IllegalArgumentException a key or a value is not valid; the message has the key, the
     *     fault and the remedy
     */
    static WebhookHeaders of(Map<String, String> configured) {
        return of(configured, System::nanoTime);
    }

    static WebhookHeaders of(Map<String, String> configured, LongSupplier nanoTime) {
        WebhookHeaders result = new WebhookHeaders();
        Map<String, String> keys = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        new TreeMap<>(configured)
                .forEach(
                        (key, value) -> {
                            boolean file = key.toLowerCase(Locale.ROOT).endsWith(FILE);
                            String name =
                                    file ? key.substring(0, key.length() - FILE.length()) : key;
                            checkName(key, name);
                            String other = keys.put(name, key);
                            if (other != null) {
                                throw new IllegalArgumentException(
                                        "%s%s and %s%s are both set: remove one of the two"
                                                .formatted(KEY, other, KEY, key));
                            }
                            result.headers.add(
                                    file
                                            ? new FromFile(key, name, Path.of(value), nanoTime)
                                            : new Fixed(name, valid(KEY + key, value)));
                        });
        return result;
    }

    private static void checkName(String key, String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "%s%s: '%s' is not a name of a header: it takes letters, digits and hyphens, such as Authorization or X-Api-Key"
                            .formatted(KEY, key, name));
        }
        if (RESERVED.contains(lower) || lower.startsWith(OWN_PREFIX)) {
            throw new IllegalArgumentException(
                    "%s%s: the service sets %s itself, or needs it to be absent: remove the key"
                            .formatted(KEY, key, name));
        }
    }

    /** Returns the value if a header can carry it. */
    private static String valid(String where, String value) {
        String fault = fault(value);
        if (fault != null) {
            throw new IllegalArgumentException(
                    where
                            + " "
                            + fault
                            + ": set it to visible ASCII characters, with spaces between them only");
        }
        return value;
    }

    private static @Nullable String fault(String value) {
        if (value.isBlank()) {
            return "is empty";
        }
        if (value.length() > MAX_VALUE) {
            return "has more than " + MAX_VALUE + " characters";
        }
        for (int at = 0; at < value.length(); at++) {
            char next = value.charAt(at);
            if ((next < ' ' && next != '\t') || next > '~') {
                return "has, at index " + at + ", a control character or one that is not ASCII";
            }
        }
        return value.equals(value.strip()) ? null : "begins or ends with a space";
    }

    /** Calls the consumer with the name and the present value of each header. */
    void forEach(BiConsumer<String, String> consumer) {
        for (Header each : headers) {
            consumer.accept(each.name(), each.value());
        }
    }

    /** A header whose value is in a file. Thread-safe: one thread at a time reads the file. */
    private static final class FromFile implements Header {
        private final String key;
        private final String name;
        private final SecretFile file;
        private final LongSupplier nanoTime;
        private final AtomicLong readAt;
        private volatile String value;

        /** The fault that was logged last; empty if there is none. Only a thread that reads. */
        private volatile String logged = "";

        FromFile(String key, String name, Path file, LongSupplier nanoTime) {
            this.key = KEY + key + "=" + file;
            this.name = name;
            this.file = new SecretFile(file, MAX_VALUE);
            this.nanoTime = nanoTime;
            this.readAt = new AtomicLong(nanoTime.getAsLong());
            try {
                this.value = valid(this.key + ": the file", this.file.read());
            } catch (IOException e) {
                throw new IllegalArgumentException(
                        "%s: the file cannot be read (%s): set it to a file that contains the value and that this user may read"
                                .formatted(this.key, e),
                        e);
            }
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public String value() {
            long now = nanoTime.getAsLong();
            long last = readAt.get();
            if (now - last >= REREAD.toNanos() && readAt.compareAndSet(last, now)) {
                read();
            }
            return value;
        }

        private void read() {
            if (!file.canBeReadAgain()) {
                return;
            }
            String fault;
            try {
                String content = file.read();
                fault = fault(content);
                if (fault == null) {
                    value = content;
                    logged = "";
                    return;
                }
            } catch (IOException e) {
                fault = "cannot be read: " + e;
            }
            if (!fault.equals(logged)) {
                logged = fault;
                log.warn("{}: the file {}; the previous value stays in use", key, fault);
            }
        }
    }
}
