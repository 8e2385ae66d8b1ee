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
 * next request yet. Calls another method when the response is sent.
 *
 * <p>Tomcat answers some requests, such as {@code OPTIONS *}, before any valve. It reports these to
 * an access log only.
 */
final class RequestEndValve extends ValveBase implements AccessLog {
    private final Runnable answered;
    private final Runnable sent;

    RequestEndValve(Runnable answered, Runnable sent) {
        super(true);
        this.answered = answered;
        this.sent = sent;
    }

    @Override
    public void invoke(Request request, Response response) throws IOException, ServletException {
        try {
            getNext().invoke(request, response);
        } finally {
            answered.run();
        }
    }

    /** Called by Tomcat when the response is sent. */
    @Override
    public void log(Request request, Response response, long nanos) {
        if (request.getContext() == null) {
            answered.run();
        }
        sent.run();
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
