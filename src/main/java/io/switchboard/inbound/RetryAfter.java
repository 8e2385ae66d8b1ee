package io.switchboard.inbound;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;

/** The header by which an HTTP server says when to come again (RFC 9110, section 10.2.3). */
final class RetryAfter {
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
