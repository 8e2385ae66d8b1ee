package io.switchboard.web;

import io.switchboard.delivery.Send;
import io.switchboard.delivery.SendService;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.springframework.stereotype.Component;

/**
 * {@code POST /send} with many messages: each line of the body is one JSON object, and each line of
 * the answer is one result.
 *
 * <p>Messages are sent in order, one at a time. A line is read when the result of the line before
 * it has been written, so that memory holds one line, and TCP stops a client that does not read its
 * results. An invalid line has a result as well, and the lines after it are still sent.
 */
@Component
final class SendBatch {
    static final String TYPE = "application/x-ndjson";

    private static final int OUT_BUFFER = 8 * 1024;

    private final SendService sender;
    private final ReportJson json;

    SendBatch(SendService sender, ReportJson json) {
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
            Send send = new SendJson(new SendForm()).read(line.bytes());
            return json.line(line.number(), SendStatus.reported(sender.send(send, null)));
        } catch (ApiProblem problem) {
            return json.line(line.number(), problem);
        }
    }
}
