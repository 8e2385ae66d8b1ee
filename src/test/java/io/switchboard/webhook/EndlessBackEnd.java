package io.switchboard.webhook;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;

/** A back end that answers its first post with a response that does not end. */
final class EndlessBackEnd implements AutoCloseable {
    /** More than this is not sent, so that a client without limits ends too. */
    static final int MAX_SENT = 48 * 1024 * 1024;

    private static final int BLOCK = 16 * 1024;

    private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final CompletableFuture<Long> sent = new CompletableFuture<>();

    /**
     * @param repeated what is sent again and again after the start
     */
    EndlessBackEnd(String start, String repeated) throws IOException {
        Thread.ofPlatform()
                .daemon()
                .start(
                        () ->
                                serve(
                                        start.getBytes(ISO_8859_1),
                                        repeated.repeat(Math.ceilDiv(BLOCK, repeated.length()))
                                                .getBytes(ISO_8859_1)));
    }

    String url() {
        return "http://127.0.0.1:" + server.getLocalPort() + "/";
    }

    /** Waits for the client to close the connection, and returns what was sent until then. */
    long sent() {
        return sent.join();
    }

    private void serve(byte[] start, byte[] block) {
        long count = 0;
        try (Socket socket = server.accept()) {
            socket.setSendBufferSize(BLOCK);
            OutputStream out = socket.getOutputStream();
            out.write(start);
            while (count < MAX_SENT) {
                out.write(block);
                count += block.length;
            }
        } catch (IOException _) {
            // the client has closed the connection
        }
        sent.complete(count);
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
