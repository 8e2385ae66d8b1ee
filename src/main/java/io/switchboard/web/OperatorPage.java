package io.switchboard.web;

import static java.nio.charset.StandardCharsets.UTF_8;

import jakarta.servlet.http.HttpServletRequest;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;

/** The operator's page at the root, and the requests that ask for it. */
public final class OperatorPage {
    static final MediaType HTML = new MediaType(MediaType.TEXT_HTML, UTF_8);

    private OperatorPage() {}

    /** Returns whether the client accepts HTML by name, as browsers do; curl accepts any type. */
    public static boolean isAskedFor(HttpServletRequest request) {
        String accept = request.getHeader(HttpHeaders.ACCEPT);
        return accept != null && accept.contains(MediaType.TEXT_HTML_VALUE);
    }
}
