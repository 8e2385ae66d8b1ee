package io.switchboard.http.send;

import io.switchboard.delivery.Send;
import io.switchboard.delivery.SendResult;
import io.switchboard.delivery.SendService;
import io.switchboard.delivery.Target;
import io.switchboard.delivery.TargetHints;
import io.switchboard.http.AnswerBudget;
import io.switchboard.http.Body;
import io.switchboard.http.BodyBudget;
import io.switchboard.http.CostlyTurns;
import io.switchboard.http.RequestBudget;
import io.switchboard.http.RequestThreads;
import io.switchboard.http.access.Client;
import io.switchboard.http.audit.Audit;
import io.switchboard.http.problem.ApiProblem;
import io.switchboard.http.problem.ProblemServlet;
import io.switchboard.mailbox.Mailbox;
import io.switchboard.mailbox.MailboxResult;
import io.switchboard.peer.Reach;
import io.switchboard.tracing.TraceSpan;
import io.switchboard.tracing.Tracing;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.HandlerExceptionResolver;

/**
 * Serves {@code POST /send}: send(2) over HTTP.
 *
 * <p>It is a servlet beside Spring's DispatcherServlet because this is the hot path: there, finding
 * a handler, resolving its arguments and converting messages costs more than the socket does.
 */
@Component
public final class SendServlet extends ProblemServlet {
    private static final long serialVersionUID = 1;
    private static final int MAX_KEY_LENGTH = 255;
    private static final String NDJSON = "application/x-ndjson";
    private static final int OUT_BUFFER = 8 * 1024;

    private final transient SendService service;
    private final transient Mailbox mailbox;
    private final transient TargetHints hints;
    private final transient ReportJson json;
    private final transient Body bodies;
    private final transient BodyBudget budget;
    private final transient AnswerBudget answers;
    private final transient Tracing tracing;

    SendServlet(
            SendService service,
            Mailbox mailbox,
            TargetHints hints,
            ReportJson json,
            Body bodies,
            BodyBudget budget,
            AnswerBudget answers,
            Tracing tracing,
            @Qualifier("handlerExceptionResolver") HandlerExceptionResolver problems) {
        super(problems, List.of("POST"));
        this.service = service;
        this.mailbox = mailbox;
        this.hints = hints;
        this.json = json;
        this.bodies = bodies;
        this.budget = budget;
        this.answers = answers;
        this.tracing = tracing;
    }

    /** Serves a request in a span, which continues the client's trace. */
    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
            throws ServletException, IOException {
        try (TraceSpan span = tracing.request("/send", request::getHeader)) {
            super.service(request, response);
            if (span != null && span.recorded()) {
                describe(span, request, response.getStatus());
            }
        }
    }

    private static void describe(TraceSpan span, HttpServletRequest request, int status) {
        span.set("http.request.method", request.getMethod());
        span.set("http.route", "/send");
        span.set("http.response.status_code", status);
        if (HttpStatusCode.valueOf(status).is5xxServerError()) {
            span.failed("HTTP status " + status);
        }
    }

    @Override
    protected void handle(HttpServletRequest request, HttpServletResponse response)
            throws ServletException, IOException {
        if (SendForm.contentType(request).equals(NDJSON)) {
            Body.requireUtf8(request);
            sendLines(request, response);
            return;
        }
        Client client = Client.current();
        Send send = SendForm.read(request, client.reach(), bodies);
        Audit.targets(request, send.to());
        String key = request.getHeader("Idempotency-Key");
        if (key != null && (key.isBlank() || key.length() > MAX_KEY_LENGTH)) {
            throw ApiProblem.badRequest(
                    "Idempotency-Key has %d characters: it takes 1 to %d"
                            .formatted(key.length(), MAX_KEY_LENGTH));
        }
        if (send.ttl() != null) {
            MailboxResult.Reported stored = SendStatus.stored(mailbox, send, client.scoped(key));
            Audit.delivery(request, ids(stored));
            response.setStatus(SendStatus.of(stored).value());
            response.setContentType(MediaType.APPLICATION_JSON_VALUE);
            write(json.bytes(stored), response);
            return;
        }
        String query = request.getQueryString();
        boolean plus = query != null && query.indexOf('+') >= 0;
        SendResult.Reported reported =
                SendStatus.reported(service.send(send, client.scoped(key)), plus);
        if (key == null && reported.report().replied() > 0) {
            RequestThreads.haveWaited(); // a repeated key gets the first answer, without a wait
        }
        Audit.delivery(request, List.of(reported.report().id()));
        String hint = hints.of(send, reported);
        byte[] body = json.bytes(reported, hint);
        response.setStatus(SendStatus.of(reported.progress()).value());
        response.setContentType(MediaType.APPLICATION_JSON_VALUE);
        boolean fits = answers.tryReserve(request, body.length);
        write(fits ? body : json.bytes(reported.withoutTargets(), hint), response);
    }

    private static List<String> ids(MailboxResult.Reported stored) {
        return stored.entries().stream().map(MailboxResult.Entry::id).toList();
    }

    private static void write(byte[] body, HttpServletResponse response) throws IOException {
        response.setContentLength(body.length);
        response.getOutputStream().write(body);
    }

    /**
     * Sends many messages. Each line of the request's body is a JSON object, one message. Each line
     * of the answer is the result of one message.
     *
     * <p>The messages are sent in order, one at a time. A line is read only after the result of the
     * previous line has been written. So memory holds one line, which counts in the budget of
     * bodies, and a client that does not read its results is stopped by TCP's back-pressure. An
     * invalid line also has a result, and the lines after it are still sent.
     */
    private void sendLines(HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        if (request.getQueryString() != null || request.getHeader("Idempotency-Key") != null) {
            throw ApiProblem.badRequest(
                    "with %s, each line has all fields of its message: remove the query and the Idempotency-Key header"
                            .formatted(NDJSON));
        }
        try (CostlyTurns.Reading turns = new CostlyTurns.Reading();
                RequestBudget.Reservation buffers = budget.reservation();
                RequestBudget.Reservation line = budget.reservation();
                RequestBudget.Reservation result = answers.reservation()) {
            if (!buffers.tryGrow(BoundedLines.BUFFER + OUT_BUFFER)) {
                throw budget.exhausted();
            }
            response.setContentType(NDJSON);
            sendLines(
                    new BoundedLines(request.getInputStream(), Body.LIMIT, line, turns),
                    result,
                    request,
                    response);
        }
    }

    private void sendLines(
            BoundedLines lines,
            RequestBudget.Reservation memory,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        Reach reach = Client.current().reach();
        OutputStream out = new BufferedOutputStream(response.getOutputStream(), OUT_BUFFER);
        for (BoundedLines.Line line = lines.next(); line != null; line = lines.next()) {
            if (line.length() > 0) {
                out.write(result(line, reach, memory, request));
                memory.close();
                if (!lines.ready()) {
                    out.flush();
                    response.flushBuffer();
                }
            }
        }
        out.flush();
    }

    private byte[] result(
            BoundedLines.Line line,
            Reach reach,
            RequestBudget.Reservation memory,
            HttpServletRequest request) {
        List<Target> targets = List.of();
        try (TraceSpan _ = tracing.part("send")) {
            if (line.refused()) {
                throw budget.exhausted();
            }
            if (line.tooLong()) {
                throw Body.tooLarge(line.length() + " bytes");
            }
            Send send = new SendForm(reach).readJson(line.bytes());
            targets = send.to();
            if (send.ttl() != null) {
                MailboxResult.Reported stored = SendStatus.stored(mailbox, send, null);
                int status = SendStatus.of(stored).value();
                Audit.line(request, targets, status, null, ids(stored));
                return json.line(line.number(), stored);
            }
            SendResult.Reported reported = SendStatus.reported(service.send(send, null), false);
            int status = SendStatus.of(reported.progress()).value();
            Audit.line(request, targets, status, null, List.of(reported.report().id()));
            String hint = hints.of(send, reported);
            byte[] result = json.line(line.number(), reported, hint);
            boolean fits = answers.tryResize(memory, result.length);
            return fits ? result : json.line(line.number(), reported.withoutTargets(), hint);
        } catch (ApiProblem problem) {
            int status = problem.getStatusCode().value();
            Audit.line(request, targets, status, problem.reason(), List.of());
            return json.line(line.number(), problem);
        }
    }

    /**
     * Reads lines from a stream. It keeps no more of a line than the maximum length and skips the
     * rest. The memory of a line grows with the bytes that have arrived; the reservation has it
     * until the next line is read. One thread uses it.
     */
    public static final class BoundedLines {
        private static final int BUFFER = 8 * 1024;
        private static final byte[] EMPTY = {};

        /** To send a short line takes as long as to read this many bytes. */
        private static final int LINE_COST = 4 * 1024;

        private final InputStream in;
        private final int maxLength;
        private final RequestBudget.Reservation reservation;
        private final CostlyTurns.Reading turns;
        private final byte[] buffer = new byte[BUFFER];
        private int position;
        private int limit;
        private long number;

        /** The beginning of the current line, up to {@code count}. */
        private byte[] kept = EMPTY;

        private int count;

        /** Whether the budget had too little left for the current line. */
        private boolean refused;

        /**
         * One line of the body.
         *
         * @param number the number of the line, from 1
         * @param bytes the line without its line feed, cut off at the maximum length
         * @param length the length of the whole line
         * @param refused whether the budget had too little left, so that {@code bytes} is empty
         */
        @SuppressWarnings("ArrayRecordComponent") // lines are not compared
        public record Line(long number, byte[] bytes, long length, boolean refused) {
            boolean tooLong() {
                return bytes.length < length;
            }
        }

        public BoundedLines(
                InputStream in,
                int maxLength,
                RequestBudget.Reservation reservation,
                CostlyTurns.Reading turns) {
            this.in = in;
            this.maxLength = maxLength;
            this.reservation = reservation;
            this.turns = turns;
        }

        /**
         * Returns the next line; null at the end of the stream. The last line may lack a line feed.
         */
        @Nullable
        public Line next() throws IOException {
            begin();
            long length = 0;
            boolean ended = false;
            while (!ended) {
                if (position == limit && !fill()) {
                    return length == 0 ? null : line(length);
                }
                int end = position;
                while (end < limit && buffer[end] != '\n') {
                    end++;
                }
                ended = end < limit;
                keep(position, Math.min(end - position, maxLength - count));
                length += end - position;
                position = ended ? end + 1 : end;
            }
            return line(length);
        }

        private void begin() {
            kept = EMPTY;
            count = 0;
            refused = false;
            reservation.close();
        }

        /** Appends a part of the buffer to the current line. */
        private void keep(int from, int length) {
            int needed = count + length;
            if (needed > kept.length && !refused) {
                grow(Math.max(needed, Math.min(maxLength, 2 * count)));
            }
            if (!refused) {
                System.arraycopy(buffer, from, kept, count, length);
                count = needed;
            }
        }

        private void grow(int capacity) {
            if (reservation.tryGrow(capacity)) {
                int before = kept.length;
                kept = Arrays.copyOf(kept, capacity);
                reservation.shrink(before);
            } else {
                begin();
                refused = true;
            }
        }

        /** Returns whether more bytes can be read without blocking. */
        boolean ready() throws IOException {
            return position < limit || in.available() > 0;
        }

        private boolean fill() throws IOException {
            position = 0;
            limit = Math.max(in.read(buffer), 0);
            turns.read(limit);
            return limit > 0;
        }

        private Line line(long length) {
            number++;
            if (count > CostlyTurns.LARGE_BYTES) {
                turns.close(); // it is parsed in a turn of its own
            } else {
                turns.read(LINE_COST);
            }
            return new Line(number, Arrays.copyOf(kept, count), length, refused);
        }
    }
}
