package io.switchboard.http;

import java.io.IOException;
import java.io.InputStream;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;

/**
 * The rest of a body of HTTP/1.1 that nobody has read, because the request was refused.
 *
 * <p>It is read and discarded, so that the client gets the response and the connection can be used
 * for its next request. Tomcat would do so too, but without turns.
 */
final class UnreadBody {
    /** Tomcat's own limit: it closes the connection if more is left. */
    static final long MAX_BYTES = 2L * Body.LIMIT;

    private static final int BUFFER = 2 * 1024;

    private UnreadBody() {}

    /**
     * Sends the response, then reads the rest of the body in {@link CostlyTurns}. Leaves it to
     * Tomcat if the client has asked whether to send the body, and may not send it.
     *
     * @throws IOException if the client has closed the connection or does not send the rest
     */
    static void discard(Request request, Response response) throws IOException {
        if (request.isAsync()
                || !request.getProtocol().startsWith("HTTP/1")
                || request.isFinished()
                || request.getHeader("Expect") != null
                || request.getContentLengthLong() > MAX_BYTES) {
            return;
        }
        response.finishResponse();
        InputStream body = request.getInputStream();
        byte[] buffer = new byte[BUFFER];
        long left = MAX_BYTES;
        try (CostlyTurns.Reading turns = new CostlyTurns.Reading()) {
            int count = body.read(buffer);
            while (count >= 0 && left > 0) {
                left -= count;
                turns.read(count);
                count = body.read(buffer);
            }
        }
    }
}
