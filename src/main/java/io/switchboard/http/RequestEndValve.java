package io.switchboard.http;

import jakarta.servlet.ServletException;
import java.io.IOException;
import org.apache.catalina.AccessLog;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;

/**
 * Calls a method when a request has been answered, on the thread that serves it and before the last
 * bytes of the response are sent. A client that waits for each response has therefore not sent its
 * next request yet.
 *
 * <p>Tomcat answers some requests, such as {@code OPTIONS *}, before any valve. It reports these to
 * an access log only.
 */
final class RequestEndValve extends ValveBase implements AccessLog {
    private final Runnable action;

    RequestEndValve(Runnable action) {
        super(true);
        this.action = action;
    }

    @Override
    public void invoke(Request request, Response response) throws IOException, ServletException {
        try {
            getNext().invoke(request, response);
        } finally {
            action.run();
        }
    }

    @Override
    public void log(Request request, Response response, long nanos) {
        if (request.getContext() == null) {
            action.run();
        }
    }

    @Override
    public void setRequestAttributesEnabled(boolean enabled) {
        // nothing is logged
    }

    @Override
    public boolean getRequestAttributesEnabled() {
        return false;
    }
}
