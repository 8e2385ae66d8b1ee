package io.switchboard.transport.stream;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.switchboard.net.Endpoint;
import io.switchboard.net.Printable;
import java.net.SocketAddress;
import org.springframework.core.env.Environment;

/** Recognizes HTTP clients that have connected to a socket listener, and answers them. */
final class HttpRequests {
    private static final int MAX_METHOD = 20;
    private static final int SHOWN = 100;
    private static final String VERSION = "HTTP/d.d";

    private final Environment environment;

    /**
     * Creates the answers.
     *
     * @param environment where the HTTP server is; it has its port once the server listens
     */
    HttpRequests(Environment environment) {
        this.environment = environment;
    }

    /** Returns whether a frame begins with the request line of HTTP (RFC 9112, section 3). */
    static boolean isRequest(byte[] frame) {
        return isRequest(frame, frame.length);
    }

    /** Returns whether the first {@code length} bytes begin with the request line of HTTP. */
    static boolean isRequest(byte[] bytes, int length) {
        int space = 0;
        while (space < length && space < MAX_METHOD && isUpperCase(bytes[space])) {
            space++;
        }
        if (space == 0 || space == length || bytes[space] != ' ') {
            return false;
        }
        int version = lineEnd(bytes, length) - VERSION.length();
        return version > space + 2 && bytes[version - 1] == ' ' && isVersion(bytes, version);
    }

    private static boolean isUpperCase(byte value) {
        return value >= 'A' && value <= 'Z';
    }

    private static boolean isVersion(byte[] frame, int from) {
        for (int at = 0; at < VERSION.length(); at++) {
            byte value = frame[from + at];
            boolean digit = value >= '0' && value <= '9';
            if (VERSION.charAt(at) == 'd' ? !digit : value != VERSION.charAt(at)) {
                return false;
            }
        }
        return true;
    }

    private static int lineEnd(byte[] bytes, int length) {
        int end = 0;
        while (end < length && bytes[end] != '\r' && bytes[end] != '\n') {
            end++;
        }
        return end;
    }

    /** Returns why a connection with this first frame is closed, for people. */
    static String detail(byte[] frame) {
        String line =
                new String(frame, 0, Math.min(SHOWN, lineEnd(frame, frame.length)), ISO_8859_1);
        return "the first line is an HTTP request: " + Printable.of(line);
    }

    /**
     * Returns the whole response to an HTTP client.
     *
     * @param listener the name of the listener
     * @param local the address to which the client has connected
     */
    byte[] answer(String listener, SocketAddress local) {
        String api = api(local);
        String text =
                """
                This is the socket listener '%s' of Switchboard, which does not speak HTTP: nothing was taken as a message.
                The HTTP API is at %s, for example:

                    curl %s/peers
                    curl -d hello '%s/send?to=all'

                For a device whose first line may be an HTTP request, set refuse-http of the listener to false.
                """
                        .formatted(listener, api, api, api);
        String head =
                """
                HTTP/1.1 400 Bad Request\r
                Content-Type: text/plain; charset=utf-8\r
                Content-Length: %d\r
                Connection: close\r
                \r
                """
                        .formatted(text.getBytes(UTF_8).length);
        return (head + text).getBytes(UTF_8);
    }

    /** Returns the URL of the API; of a server on all addresses, at the one that was called. */
    private String api(SocketAddress local) {
        String host = environment.getProperty("server.address", "0.0.0.0");
        if (host.equals("0.0.0.0") || host.equals("::")) {
            host = Endpoint.of(local) instanceof Endpoint.Inet inet ? inet.host() : "localhost";
        }
        String port =
                environment.getProperty(
                        "local.server.port", environment.getProperty("server.port", "8080"));
        boolean tls =
                environment.containsProperty("server.ssl.bundle")
                        || environment.containsProperty("server.ssl.key-store")
                        || environment.containsProperty("server.ssl.certificate");
        return (tls ? "https://" : "http://") + new Endpoint.Inet(host, Integer.parseInt(port));
    }
}
