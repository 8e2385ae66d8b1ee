package io.switchboard.web;

import io.switchboard.delivery.Send;
import io.switchboard.delivery.SendResult;
import io.switchboard.delivery.SendService;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import org.springframework.web.HttpRequestMethodNotSupportedException;
import org.springframework.web.servlet.HandlerExceptionResolver;

/**
 * {@code POST /send}: send(2) over HTTP.
 *
 * <p>A servlet beside Spring's, because this is the hot path: to find a handler, resolve its
 * arguments and convert messages costs more than the socket does.
 */
@Component
final class SendController extends ProblemServlet {
    private static final long serialVersionUID = 1;
    private static final int LONGEST_KEY = 255;
    private static final String LINES = "application/x-ndjson";
    private static final int OUT_BUFFER = 8 * 1024;

    private final transient SendService sender;
    private final transient ReportJson json;

    SendController(
            SendService sender,
            ReportJson json,
            @Qualifier("handlerExceptionResolver") HandlerExceptionResolver problems) {
        super(problems);
        this.sender = sender;
        this.json = json;
    }

    @Override
    protected void handle(HttpServletRequest request, HttpServletResponse response)
            throws ServletException, IOException {
        if (!request.getMethod().equals("POST")) {
            throw new HttpRequestMethodNotSupportedException(request.getMethod(), List.of("POST"));
        }
        if (SendForm.contentType(request).equals(LINES)) {
            sendLines(request, response);
            return;
        }
        Send send = SendForm.read(request);
        String key = request.getHeader("Idempotency-Key");
        if (key != null && (key.isBlank() || key.length() > LONGEST_KEY)) {
            throw ApiProblem.badRequest(
                    "Idempotency-Key has %d characters: it takes 1 to %d"
                            .formatted(key.length(), LONGEST_KEY));
        }
        SendResult.Reported reported = SendStatus.reported(sender.send(send, key));
        byte[] body = json.bytes(reported);
        response.setStatus(SendStatus.of(reported.progress()).value());
        response.setContentType(MediaType.APPLICATION_JSON_VALUE);
        response.setContentLength(body.length);
        response.getOutputStream().write(body);
    }

    /**
     * Sends many messages: each line of the body is one JSON object, and each line of the answer is
     * one result.
     *
     * <p>Messages are sent in order, one at a time. A line is read when the result of the line
     * before it has been written, so that memory holds one line, and TCP stops a client that does
     * not read its results. An invalid line has a result as well, and the lines after it are still
     * sent.
     */
    private void sendLines(HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        if (request.getQueryString() != null || request.getHeader("Idempotency-Key") != null) {
            throw ApiProblem.badRequest(
                    "with %s each line says everything: no query and no Idempotency-Key"
                            .formatted(LINES));
        }
        response.setContentType(LINES);
        InputStream in = request.getInputStream();
        BoundedLines lines = new BoundedLines(in, Body.LIMIT);
        OutputStream out = new BufferedOutputStream(response.getOutputStream(), OUT_BUFFER);
        for (BoundedLines.Line line = lines.next(); line != null; line = lines.next()) {
            if (line.length() > 0) {
                out.write(result(line));
                if (!lines.moreAtOnce()) {
                    out.flush();
                    response.flushBuffer();
                }
            }
        }
        out.flush();
    }

    private byte[] result(BoundedLines.Line line) {
        try {
            if (line.tooLong()) {
                throw Body.tooLarge(line.length() + " bytes");
            }
            Send send = new SendForm().readJson(line.bytes());
            return json.line(line.number(), SendStatus.reported(sender.send(send, null)));
        } catch (ApiProblem problem) {
            return json.line(line.number(), problem);
        }
    }

    /** Reads lines and keeps no more of one than is allowed. Used by one thread. */
    static final class BoundedLines {
        private static final int BUFFER = 8 * 1024;

        private final InputStream in;
        private final int longest;
        private final byte[] buffer = new byte[BUFFER];
        private int from;
        private int to;
        private long number;

        /**
         * @param number counts from 1
         * @param bytes without the line end; not all of them when it was too long
         * @param length of all of it
         */
        @SuppressWarnings("ArrayRecordComponent") // lines are not compared
        record Line(long number, byte[] bytes, long length) {
            boolean tooLong() {
                return bytes.length < length;
            }
        }

        BoundedLines(InputStream in, int longest) {
            this.in = in;
            this.longest = longest;
        }

        /** The next line, the last one also without a line end; null at the end of the stream. */
        @Nullable Line next() throws IOException {
            ByteArrayOutputStream kept = new ByteArrayOutputStream();
            long length = 0;
            boolean ended = false;
            while (!ended) {
                if (from == to && !fill()) {
                    return length == 0 ? null : line(kept, length);
                }
                int end = from;
                while (end < to && buffer[end] != '\n') {
                    end++;
                }
                ended = end < to;
                int count = end - from;
                kept.write(buffer, from, Math.min(count, longest - kept.size()));
                length += count;
                from = ended ? end + 1 : end;
            }
            return line(kept, length);
        }

        /** Whether something more can be read without waiting. */
        boolean moreAtOnce() throws IOException {
            return from < to || in.available() > 0;
        }

        private boolean fill() throws IOException {
            from = 0;
            to = Math.max(in.read(buffer), 0);
            return to > 0;
        }

        private Line line(ByteArrayOutputStream kept, long length) {
            number++;
            return new Line(number, kept.toByteArray(), length);
        }
    }
}
