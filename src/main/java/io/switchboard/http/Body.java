package io.switchboard.http;

import io.switchboard.http.problem.ApiProblem;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;

/**
 * Reads the body of a request as bytes, whatever its Content-Type is.
 *
 * <p>The memory of a body grows with the bytes that have arrived, not with the Content-Length that
 * the client has announced, and comes from the {@link BodyBudget}. Thread-safe.
 */
@Component
public final class Body {
    /** The maximum length of a body, in bytes. */
    public static final int LIMIT = 1024 * 1024;

    /**
     * The maximum nesting depth of JSON. No request of the API nests nearly as deep; a body that
     * does is an attempt to exhaust the stack.
     */
    static final int MAX_DEPTH = 16;

    /** The charsets of which each text is also UTF-8. */
    private static final Set<String> UNICODE = Set.of("UTF-8", "UTF8", "US-ASCII", "ASCII");

    private final BodyBudget budget;
    private final Duration deadline;

    Body(BodyBudget budget, HttpProperties properties) {
        this.budget = budget;
        this.deadline = properties.bodyDeadline();
    }

    /**
     * Returns the whole body of a request. The budget has its memory back when the request ends.
     *
     * @throws ApiProblem 400 if the body ends before its Content-Length; 408 if it is not complete
     *     within the deadline; 413 if it is longer than {@link #LIMIT}; 429 if the budget has too
     *     little left
     */
    public byte[] read(HttpServletRequest request) throws IOException {
        long length = request.getContentLengthLong();
        if (length > LIMIT) {
            throw tooLarge(length + " bytes");
        }
        // without a Content-Length, one byte more, to see whether the body is too long
        int max = length < 0 ? LIMIT + 1 : (int) length;
        if (max == 0) {
            return new byte[0];
        }
        byte[] body;
        try (CostlyTurns.Reading turns = new CostlyTurns.Reading()) {
            body = read(request.getInputStream(), max, budget.reservation(request), turns);
        }
        if (body.length > LIMIT) {
            throw tooLarge("more than " + LIMIT + " bytes");
        }
        if (body.length < length) {
            throw ApiProblem.badRequest(
                    "the body ended after " + body.length + " of " + length + " bytes");
        }
        return body;
    }

    /**
     * Checks that a JSON body is not declared to be in a charset other than UTF-8.
     *
     * @throws ApiProblem 400 if it is
     */
    public static void requireUtf8(HttpServletRequest request) {
        String type = request.getContentType();
        String charset = type == null ? null : request.getCharacterEncoding();
        if (charset != null
                && type.toLowerCase(Locale.ROOT).contains("json")
                && type.toLowerCase(Locale.ROOT).contains("charset")
                && !UNICODE.contains(charset.toUpperCase(Locale.ROOT))) {
            throw ApiProblem.badRequest(
                    "Content-Type declares charset=%s, and JSON is UTF-8 (RFC 8259): convert the body to UTF-8 and leave out the charset"
                            .formatted(charset));
        }
    }

    /** Reads this many bytes, or fewer if the stream ends before. */
    private byte[] read(
            InputStream in,
            int max,
            RequestBudget.Reservation reservation,
            CostlyTurns.Reading turns)
            throws IOException {
        long start = System.nanoTime();
        byte[] buffer = new byte[Math.min(max, BodyBudget.FREE_BYTES)];
        int count = 0;
        int read = in.read(buffer);
        while (read > 0) {
            count += read;
            turns.read(read);
            if (count == buffer.length && count < max) {
                byte[] larger = allocate((int) Math.min(max, 2L * count), reservation);
                System.arraycopy(buffer, 0, larger, 0, count);
                buffer = larger;
                reservation.shrink(count == BodyBudget.FREE_BYTES ? 0 : count);
            }
            if (System.nanoTime() - start > deadline.toNanos()) {
                throw tooSlow(count);
            }
            read = in.read(buffer, count, buffer.length - count);
        }
        return count == buffer.length ? buffer : Arrays.copyOf(buffer, count);
    }

    private byte[] allocate(int length, RequestBudget.Reservation reservation) {
        if (!reservation.tryGrow(length)) {
            throw budget.exhausted();
        }
        return new byte[length];
    }

    private ApiProblem tooSlow(int count) {
        String detail =
                "%d bytes of the body arrived within switchboard.http.body-deadline, %d s: send it faster, or in parts"
                        .formatted(count, deadline.toSeconds());
        return new ApiProblem(HttpStatus.REQUEST_TIMEOUT, "body_deadline", detail)
                .withHeader(HttpHeaders.CONNECTION, "close");
    }

    /**
     * Returns the problem of a body that is longer than {@link #LIMIT}.
     *
     * @param size the size of the body in words
     */
    public static ApiProblem tooLarge(String size) {
        String detail = "the body has " + size + ": it takes " + LIMIT;
        return new ApiProblem(HttpStatus.CONTENT_TOO_LARGE, "too_large", detail);
    }
}
