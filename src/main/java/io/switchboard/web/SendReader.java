package io.switchboard.web;

import io.switchboard.delivery.Send;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;

/** Reads a {@code POST /send}: its form, and the body as payload or as JSON. */
final class SendReader {
    /** A request as read. */
    record Request(Send send, boolean require) {}

    private SendReader() {}

    /**
     * @throws ApiProblem 400, 413, 415 or 422; nothing was sent
     */
    static Request read(HttpServletRequest request) throws IOException {
        String type = contentType(request);
        SendForm form = new SendForm();
        boolean json = type.equals("application/json") || type.endsWith("+json");
        refuseWhatIsNoPayload(type, request.getHeader("Content-Encoding"));
        Map<String, List<String>> query = Query.parse(request.getQueryString(), SendForm.NAMES);
        if (json && !query.isEmpty()) {
            throw ApiProblem.badRequest(
                    "with a JSON body everything is in the body: move "
                            + String.join(", ", query.keySet())
                            + " from the query into it");
        }
        query.forEach((name, values) -> values.forEach(value -> form.set(name, value)));
        byte[] body = Body.read(request);
        if (json) {
            return new SendJson(form).read(body);
        }
        Send send = form.send(body);
        if (body.length == 0) {
            throw ApiProblem.badRequest(
                    "the body is empty: it is the message, as in curl -d 'hello'; to send an empty"
                            + " one, post {\"to\": ..., \"text\": \"\"} as application/json");
        }
        return new Request(send, form.require());
    }

    /** The content type without parameters, in lower case; empty without one. */
    static String contentType(HttpServletRequest request) {
        String header = request.getContentType();
        if (header == null) {
            return "";
        }
        int semicolon = header.indexOf(';');
        String type = semicolon < 0 ? header : header.substring(0, semicolon);
        return type.strip().toLowerCase(Locale.ROOT);
    }

    private static void refuseWhatIsNoPayload(String type, @Nullable String encoding) {
        String wrong = null;
        if (type.equals("multipart/form-data")) {
            wrong =
                    "a multipart form (curl -F) is not a message: send the bytes with --data-binary @FILE";
        } else if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
            wrong = "Content-Encoding " + encoding + " is not taken: send the bytes as they are";
        }
        if (wrong != null) {
            throw new ApiProblem(
                    HttpStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", wrong);
        }
    }
}
