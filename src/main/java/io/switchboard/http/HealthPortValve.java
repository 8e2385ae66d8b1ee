package io.switchboard.http;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;

/**
 * Lets requests of one connector pass only if they ask for health, so that no other request can
 * occupy its few connections and threads.
 */
final class HealthPortValve extends ValveBase {
    private static final String PATH = "/actuator/health";

    private final Connector health;

    HealthPortValve(Connector health) {
        super(true);
        this.health = health;
    }

    @Override
    public void invoke(Request request, Response response) throws IOException, ServletException {
        if (request.getConnector() == health && !isHealth(request.getDecodedRequestURI())) {
            response.setStatus(HttpServletResponse.SC_NOT_FOUND);
            response.setContentType("text/plain;charset=UTF-8");
            response.getWriter().write("this port serves only " + PATH + "\n");
        } else {
            getNext().invoke(request, response);
        }
    }

    private static boolean isHealth(String path) {
        return path.equals(PATH) || path.startsWith(PATH + "/");
    }
}
