package io.switchboard.web;

import jakarta.servlet.ServletException;
import java.io.IOException;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;
import org.apache.tomcat.util.http.MimeHeaders;

/**
 * Puts onto every answer what keeps a browser from making more of it than it is: not another type,
 * not a frame, not another site's script or image, no copy on disk.
 *
 * <p>A valve, since answers come from servlets, from Spring's filters and from Tomcat itself, and
 * at the level of coyote, where setting them costs no look at each name. Whoever answers can still
 * set another {@code Cache-Control}.
 */
final class SecurityHeaders extends ValveBase {
    private static final String POLICY =
            "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

    SecurityHeaders() {
        super(true);
    }

    @Override
    public void invoke(Request request, Response response) throws IOException, ServletException {
        MimeHeaders headers = response.getCoyoteResponse().getMimeHeaders();
        headers.addValue("X-Content-Type-Options").setString("nosniff");
        headers.addValue("Content-Security-Policy").setString(POLICY);
        headers.addValue("Referrer-Policy").setString("no-referrer");
        headers.addValue("Cross-Origin-Resource-Policy").setString("same-origin");
        headers.addValue("Cache-Control").setString("no-store");
        getNext().invoke(request, response);
    }
}
