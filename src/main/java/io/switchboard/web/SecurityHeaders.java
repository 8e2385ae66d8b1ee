package io.switchboard.web;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

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
    /** As bytes: a text would be turned into them again for every answer. */
    @SuppressWarnings("ArrayRecordComponent") // headers are not compared
    private record Header(byte[] name, byte[] value) {
        static Header of(String name, String value) {
            return new Header(name.getBytes(ISO_8859_1), value.getBytes(ISO_8859_1));
        }

        void addTo(MimeHeaders headers) {
            headers.addValue(name, 0, name.length).setBytes(value, 0, value.length);
        }
    }

    private static final Header[] HEADERS = {
        Header.of("X-Content-Type-Options", "nosniff"),
        Header.of(
                "Content-Security-Policy",
                "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"),
        Header.of("Referrer-Policy", "no-referrer"),
        Header.of("Cross-Origin-Resource-Policy", "same-origin"),
        Header.of("Cache-Control", "no-store")
    };

    SecurityHeaders() {
        super(true);
    }

    @Override
    public void invoke(Request request, Response response) throws IOException, ServletException {
        MimeHeaders headers = response.getCoyoteResponse().getMimeHeaders();
        for (Header each : HEADERS) {
            each.addTo(headers);
        }
        getNext().invoke(request, response);
    }
}
