package io.switchboard.webhook;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A back end of literal bytes: keeps what it receives, and answers every post the same. */
final class RawBackEnd implements AutoCloseable {
    static final String NO_CONTENT = "HTTP/1.1 204 No Content\r\n\r\n";

    private static final Pattern LENGTH =
            Pattern.compile("content-length: (\\d+)", Pattern.CASE_INSENSITIVE);

    private final ServerSocket server;
    private final String response;
    private final int pauseMillis;
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private final List<String> heads = new CopyOnWriteArrayList<>();
    private final List<String> bodies = new CopyOnWriteArrayList<>();
    private final AtomicInteger connections = new AtomicInteger();

    RawBackEnd(ServerSocket server, String response) {
        this(server, response, 0);
    }

    /**
     * @param pauseMillis the pause before each byte of the response; 0 to write it at once
     */
    RawBackEnd(ServerSocket server, String response, int pauseMillis) {
        this.server = server;
        this.response = response;
        this.pauseMillis = pauseMillis;
        Thread.ofVirtual().start(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    /** Returns the request line and the headers of each post. */
    List<String> heads() {
        return heads;
    }

    List<String> bodies() {
        return bodies;
    }

    int connections() {
        return connections.get();
    }

    /** Closes the connections, as a back end does that restarts. */
    void disconnect() throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = server.accept();
                connections.incrementAndGet();
                sockets.add(socket);
                Thread.ofVirtual().start(() -> serve(socket));
            }
        } catch (IOException _) {
            // closed
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            InputStream in = socket.getInputStream();
            OutputStream out = socket.getOutputStream();
            while (true) {
                StringBuilder head = new StringBuilder();
                while (head.indexOf("\r\n\r\n") < 0) {
                    int next = in.read();
                    if (next < 0) {
                        return;
                    }
                    head.append((char) next);
                }
                String text = head.toString();
                Matcher length = LENGTH.matcher(text);
                assertThat(length.find()).isTrue();
                bodies.add(
                        new String(in.readNBytes(Integer.parseInt(length.group(1))), ISO_8859_1));
                heads.add(text);
                for (byte each : response.getBytes(ISO_8859_1)) {
                    if (pauseMillis > 0) {
                        Thread.sleep(pauseMillis);
                        out.write(each);
                    }
                }
                if (pauseMillis == 0) {
                    out.write(response.getBytes(ISO_8859_1));
                }
            }
        } catch (IOException | InterruptedException _) {
            // the client has left
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        disconnect();
    }
}
