package io.switchboard;

import java.io.IOException;
import java.util.Locale;

/**
 * HTTP with headers that a client library would not send, on a connection of its own each time.
 *
 * @param port of HTTP, on loopback
 */
record RawHttp(int port) {

    /** What came back, the head as it was on the wire. */
    record Answer(int status, String head, String body) {

        /** The header's value; empty without one. */
        String header(String name) {
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
     * Asks, without a body.
     *
     * @param headers lines such as {@code Host: localhost}; without a Host it is localhost
     */
    Answer ask(String method, String path, String... headers) throws IOException {
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

    /** What curl -d sends. */
    Answer post(String path, String body, String... headers) throws IOException {
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

    /**
     * These bytes, and all that comes back; of a stream of events, which does not end, the head.
     */
    Answer exchange(String request) throws IOException {
        try (RawClient client = RawClient.connect(port)) {
            client.send(request);
            String head = head(client);
            return answer(head + (head.contains("text/event-stream") ? "" : client.readToEnd()));
        }
    }

    /** The head only, of an answer that does not end. */
    Answer headOf(String path, String... headers) throws IOException {
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
