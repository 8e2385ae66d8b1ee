package io.switchboard.web;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
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
 * <p>A servlet beside Spring's: this is the hot path, and finding a handler, resolving arguments
 * and converting messages cost more than the socket does.
 */
@Component
final class SendController extends ProblemServlet {
    private static final long serialVersionUID = 1;

    private final transient Sender sender;
    private final transient SendBatch batch;
    private final transient FirstAnswers answers;
    private final transient ReportJson json;

    SendController(
            Sender sender,
            SendBatch batch,
            FirstAnswers answers,
            ReportJson json,
            @Qualifier("handlerExceptionResolver") HandlerExceptionResolver problems) {
        super(problems);
        this.sender = sender;
        this.batch = batch;
        this.answers = answers;
        this.json = json;
    }

    @Override
    protected void handle(HttpServletRequest request, HttpServletResponse response)
            throws ServletException, IOException {
        if (!request.getMethod().equals("POST")) {
            throw new HttpRequestMethodNotSupportedException(request.getMethod(), List.of("POST"));
        }
        if (SendReader.contentType(request).equals(SendBatch.TYPE)) {
            batch.handle(request, response);
            return;
        }
        SendReader.Request asked = SendReader.read(request);
        write(answer(asked, request.getHeader("Idempotency-Key")), response);
    }

    private FirstAnswers.Answer answer(SendReader.Request asked, @Nullable String key) {
        return key == null
                ? answer(sender.send(asked, null))
                : answers.answer(key, asked.send().hash(), () -> answer(sender.send(asked, key)));
    }

    private FirstAnswers.Answer answer(Sender.Answer answer) {
        return new FirstAnswers.Answer(
                answer.status(),
                json.bytes(answer.report(), answer.results()),
                !answer.report().partial());
    }

    private static void write(FirstAnswers.Answer answer, HttpServletResponse response)
            throws IOException {
        response.setStatus(answer.status().value());
        response.setContentType(MediaType.APPLICATION_JSON_VALUE);
        response.setContentLength(answer.body().length);
        response.getOutputStream().write(answer.body());
    }
}
