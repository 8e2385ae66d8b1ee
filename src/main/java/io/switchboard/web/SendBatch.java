package io.switchboard.web;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.springframework.stereotype.Component;

/**
 * {@code POST /send} with many messages: one JSON object a line in, one result a line out.
 *
 * <p>Streamed both ways, in order, one message at a time: the next line is read when the last one's
 * result is known, so that memory holds one line, and a client that reads no results stops being
 * read. A line that is refused has a result like any other and ends nothing.
 */
@Component
final class SendBatch {
    static final String TYPE = "application/x-ndjson";

    private static final int OUT_BUFFER = 8 * 1024;

    private final Sender sender;
    private final ReportJson json;

    SendBatch(Sender sender, ReportJson json) {
        this.sender = sender;
        this.json = json;
    }

    void handle(HttpServletRequest request, HttpServletResponse response) throws IOException {
        if (request.getQueryString() != null || request.getHeader("Idempotency-Key") != null) {
            throw ApiProblem.badRequest(
                    "with " + TYPE + " each line says everything: no query and no Idempotency-Key");
        }
        response.setContentType(TYPE);
        InputStream in = request.getInputStream();
        BoundedLines lines = new BoundedLines(in, (int) Body.LIMIT.toBytes());
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
            Sender.Answer answer =
                    sender.send(new SendJson(new SendForm()).read(line.bytes()), null);
            return json.line(line.number(), answer);
        } catch (ApiProblem problem) {
            return json.line(line.number(), problem);
        }
    }
}
