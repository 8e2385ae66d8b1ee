package io.switchboard.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ServerSocketFactory;
import javax.net.ssl.SSLContext;

/** A server to which the service connects. Each connection has its own thread. */
public final class RemoteEnd implements AutoCloseable {

    /** Serves one connection, which is closed afterwards. */
    @FunctionalInterface
    public interface Handler {
        /** Returns what the connection has received, for {@link RemoteEnd#received}. */
        String serve(Socket connection) throws IOException;
    }

    private static final int TIMEOUT_MILLIS = 30_000;

    private final ServerSocket socket;
    private final Handler handler;
    private final BlockingQueue<String> received = new LinkedBlockingQueue<>();

    private RemoteEnd(ServerSocket socket, Handler handler) {
        this.socket = socket;
        this.handler = handler;
        Thread.ofVirtual().start(this::accept);
    }

    /** Starts a server of plain TCP on a free port of 127.0.0.1. */
    public static RemoteEnd start(Handler handler) throws IOException {
        return start(ServerSocketFactory.getDefault(), handler);
    }

    /** Starts a server of TLS. */
    public static RemoteEnd start(SSLContext tls, Handler handler) throws IOException {
        return start(tls.getServerSocketFactory(), handler);
    }

    private static RemoteEnd start(ServerSocketFactory sockets, Handler handler)
            throws IOException {
        return new RemoteEnd(
                sockets.createServerSocket(0, 50, InetAddress.getLoopbackAddress()), handler);
    }

    private void accept() {
        while (!socket.isClosed()) {
            try {
                Socket connection = socket.accept();
                Thread.ofVirtual().start(() -> serve(connection));
            } catch (IOException e) {
                return; // the test is over
            }
        }
    }

    private void serve(Socket connection) {
        try (connection) {
            connection.setSoTimeout(TIMEOUT_MILLIS);
            received.add(handler.serve(connection));
        } catch (IOException e) {
            received.add(e.toString());
        }
    }

    public int port() {
        return socket.getLocalPort();
    }

    /** Returns what the next connection that was served has received. */
    public String received() throws InterruptedException {
        return Objects.requireNonNull(
                received.poll(TIMEOUT_MILLIS, TimeUnit.MILLISECONDS), "no connection was served");
    }

    /** Returns whether a connection was served that {@link #received} has not returned. */
    public boolean wasServed() {
        return !received.isEmpty();
    }

    /**
     * Reads a line and returns it without its LF; what has arrived before the end of the stream.
     */
    public static String line(Socket connection) throws IOException {
        InputStream in = connection.getInputStream();
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = in.read(); next >= 0 && next != '\n'; next = in.read()) {
            line.write(next);
        }
        return line.toString(UTF_8);
    }

    /** Reads to the end of the stream. */
    public static String all(Socket connection) throws IOException {
        return new String(connection.getInputStream().readAllBytes(), UTF_8);
    }

    public static void write(Socket connection, String text) throws IOException {
        connection.getOutputStream().write(text.getBytes(UTF_8));
        connection.getOutputStream().flush();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
