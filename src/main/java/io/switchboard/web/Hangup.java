package io.switchboard.web;

import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import java.io.IOException;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;
import org.apache.coyote.ActionCode;

/**
 * Lets {@code GET /events} drop a client that reads nothing. A servlet can only complete such an
 * answer, and Tomcat would go on to wait for the client, up to a minute.
 */
final class Hangup extends ValveBase {
    private static final String ATTRIBUTE = Hangup.class.getName();

    Hangup() {
        super(true);
    }

    /**
     * What closes the connection of this request at once, from any thread that is not serving it;
     * what was written and not sent is lost.
     */
    static Runnable of(ServletRequest request) {
        return (Runnable) request.getAttribute(ATTRIBUTE);
    }

    @Override
    public void invoke(Request request, Response response) throws IOException, ServletException {
        if (request.getRequestURI().equals(EventsController.PATH)) {
            Runnable close = () -> response.getCoyoteResponse().action(ActionCode.CLOSE_NOW, null);
            request.setAttribute(ATTRIBUTE, close);
        }
        getNext().invoke(request, response);
    }
}
