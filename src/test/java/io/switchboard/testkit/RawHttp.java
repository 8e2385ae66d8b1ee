package io.switchboard.testkit;

import java.io.IOException;
import java.util.Locale;

/**
 * Sends HTTP requests with arbitrary headers, also invalid ones, each on a new connection.
 *
 * @param port the HTTP port on loopback
 */
public record RawHttp(int port) {

    /** An HTTP response; {@code head} is the status line and headers as received. */
    public record Answer(int status, String head, String body) {

        /** Returns the value of a header; empty if there is none. */
        public String header(String name) {
            return head.lines()
                    .filter(
                            line ->
                                    line.toLowerCase(Locale.ROOT)
                                            .startsWith(name.toLowerCase(Locale.ROOT) + ":"))
                    .map(line -> line.substring(name.length() + 1).strip())
                    .findFirst()
                    .orElse("");
        }
    }

    /**
     * Sends a request without a body.
     *
     * @param headers lines such as {@code X: y}; if there is no Host, {@code Host: localhost} is
     *     added
     */
    public Answer ask(String method, String path, String... headers) throws IOException {
        String lines = String.join("\r\n", headers);
        String host = ("\n" + lines).contains("\nHost:") ? "" : "Host: localhost:" + port + "\r\n";
        return exchange(
                method
                        + " "
                        + path
                        + " HTTP/1.1\r\n"
                        + host
                        + (lines.isEmpty() ? "" : lines + "\r\n")
                        + "Connection: close\r\n\r\n");
    }

    /** Sends a POST request as curl -d does. */
    public Answer post(String path, String body, String... headers) throws IOException {
        return exchange(
                "POST "
                        + path
                        + " HTTP/1.1\r\nHost: localhost:"
                        + port
                        + "\r\nUser-Agent: curl/8.14.1\r\nAccept: */*\r\nContent-Type: "
                        + Api.FORM
                        + "\r\nContent-Length: "
                        + body.length()
                        + "\r\n"
                        + (headers.length == 0 ? "" : String.join("\r\n", headers) + "\r\n")
                        + "Connection: close\r\n\r\n"
                        + body);
    }

    /** Sends these bytes and returns the whole response; of an event stream, only the head. */
    public Answer exchange(String request) throws IOException {
        try (RawClient client = RawClient.connect(port)) {
            client.send(request);
            String head = head(client);
            return answer(head + (head.contains("text/event-stream") ? "" : client.readToEnd()));
        }
    }

    /** Sends a GET request and returns only the head of the response, which may not end. */
    public Answer headOf(String path, String... headers) throws IOException {
        try (RawClient client = RawClient.connect(port)) {
            client.send(
                    "GET "
                            + path
                            + " HTTP/1.1\r\nHost: localhost\r\n"
                            + (headers.length == 0 ? "" : String.join("\r\n", headers) + "\r\n")
                            + "\r\n");
            return answer(head(client));
        }
    }

    private static String head(RawClient client) throws IOException {
        StringBuilder head = new StringBuilder();
        String line;
        do {
            line = client.readLine();
            head.append(line).append('\n');
        } while (!line.equals("\r"));
        return head.toString();
    }

    private static Answer answer(String text) {
        int end = text.indexOf("\r\n\r\n");
        return new Answer(
                Integer.parseInt(text.split(" ", 3)[1]),
                text.substring(0, end),
                text.substring(end + 4));
    }
}
