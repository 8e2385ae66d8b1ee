package io.switchboard.web;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import org.springframework.web.HttpRequestHandler;
import org.springframework.web.HttpRequestMethodNotSupportedException;

/**
 * {@code POST /send}: send(2) over HTTP.
 *
 * <p>A plain handler, without argument resolvers and message converters: this is the hot path, and
 * those cost more than the socket does.
 */
@Component
final class SendController implements HttpRequestHandler {
    private final Sender sender;
    private final SendBatch batch;
    private final FirstAnswers answers;
    private final ReportJson json;

    SendController(Sender sender, SendBatch batch, FirstAnswers answers, ReportJson json) {
        this.sender = sender;
        this.batch = batch;
        this.answers = answers;
        this.json = json;
    }

    @Override
    public void handleRequest(HttpServletRequest request, HttpServletResponse response)
            throws ServletException, IOException {
        if (!request.getMethod().equals("POST")) {
            throw new HttpRequestMethodNotSupportedException(request.getMethod(), List.of("POST"));
        }
        if (SendReader.contentType(request).equals(SendBatch.TYPE)) {
            batch.handle(request, response);
            return;
        }
        SendReader.Request asked = SendReader.read(request);
        String key = request.getHeader("Idempotency-Key");
        FirstAnswers.Answer answer =
                key == null ? send(asked) : answers.answer(key, asked.hash(), () -> send(asked));
        response.setStatus(answer.status().value());
        response.setContentType(MediaType.APPLICATION_JSON_VALUE);
        response.setContentLength(answer.body().length);
        response.getOutputStream().write(answer.body());
    }

    private FirstAnswers.Answer send(SendReader.Request asked) {
        Sender.Answer answer = sender.send(asked);
        return new FirstAnswers.Answer(
                answer.status(), json.bytes(answer.report(), answer.results()));
    }
}
