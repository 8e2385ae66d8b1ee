package io.switchboard.web;

import io.switchboard.delivery.Underway;
import io.switchboard.web.access.Access;
import io.switchboard.web.tomcat.RequestThreads;
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
 * and converting messages cost more than the socket does. So do the switches between threads: a
 * message to one peer may be sent by a thread that must not wait, see {@link
 * RequestThreads#mayWait}, and only what waits goes on elsewhere.
 */
@Component
final class SendController extends ProblemServlet {
    private static final long serialVersionUID = 1;

    private final transient Sender sender;
    private final transient SendBatch batch;
    private final transient FirstAnswers answers;
    private final transient ReportJson json;
    private final transient RequestThreads threads;

    SendController(
            Sender sender,
            SendBatch batch,
            FirstAnswers answers,
            ReportJson json,
            RequestThreads threads,
            Access access,
            @Qualifier("handlerExceptionResolver") HandlerExceptionResolver problems) {
        super(access, problems);
        this.sender = sender;
        this.batch = batch;
        this.answers = answers;
        this.json = json;
        this.threads = threads;
    }

    @Override
    protected void handle(HttpServletRequest request, HttpServletResponse response)
            throws ServletException, IOException {
        if (!request.getMethod().equals("POST")) {
            throw new HttpRequestMethodNotSupportedException(request.getMethod(), List.of("POST"));
        }
        if (SendReader.contentType(request).equals(SendBatch.TYPE)) {
            waiting(request, response, () -> batch.handle(request, response));
            return;
        }
        SendReader.Request asked = SendReader.read(request);
        String key = request.getHeader("Idempotency-Key");
        Underway begun = threads.mayWait() || key != null ? null : sender.begin(asked).orElse(null);
        if (begun == null) {
            waiting(request, response, () -> write(answer(asked, key), response));
        } else if (begun.settled()) {
            write(answer(sender.end(asked, begun)), response);
        } else {
            waiting(request, response, () -> write(answer(sender.end(asked, begun)), response));
        }
    }

    /** Does what may wait where it may. */
    private void waiting(HttpServletRequest request, HttpServletResponse response, Work work)
            throws ServletException, IOException {
        if (threads.mayWait()) {
            work.run();
        } else {
            runOn(threads, work, request, response);
        }
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
