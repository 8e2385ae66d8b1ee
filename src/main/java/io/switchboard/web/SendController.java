package io.switchboard.web;

import io.switchboard.delivery.Send;
import io.switchboard.delivery.SendResult;
import io.switchboard.delivery.SendService;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
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

    private final transient SendService sender;
    private final transient SendBatch batch;
    private final transient ReportJson json;

    SendController(
            SendService sender,
            SendBatch batch,
            ReportJson json,
            @Qualifier("handlerExceptionResolver") HandlerExceptionResolver problems) {
        super(problems);
        this.sender = sender;
        this.batch = batch;
        this.json = json;
    }

    @Override
    protected void handle(HttpServletRequest request, HttpServletResponse response)
            throws ServletException, IOException {
        if (!request.getMethod().equals("POST")) {
            throw new HttpRequestMethodNotSupportedException(request.getMethod(), List.of("POST"));
        }
        if (SendForm.contentType(request).equals(SendBatch.TYPE)) {
            batch.handle(request, response);
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
}
