package io.switchboard.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;

/** A plain blocking TCP client. Each read has a timeout. */
public final class RawClient implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = GeneralLimit.MILLIS;

    private final Socket socket;
    private final InputStream in;

    private RawClient(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream());
    }

    public static RawClient connect(int port) throws IOException {
        return connect(port, new Socket());
    }

    /** Connects with a small receive buffer, so that writes to this client soon block. */
    public static RawClient connectWithTinyBuffer(int port) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(4 * 1024);
        return connect(port, socket);
    }

    /** Connects from this local address. */
    public static RawClient connectFrom(String address, int port) throws IOException {
        Socket socket = new Socket();
        socket.bind(new InetSocketAddress(InetAddress.ofLiteral(address), 0));
        return connect(port, socket);
    }

    /** Returns a client for a connected socket. */
    public static RawClient over(Socket connected) throws IOException {
        connected.setSoTimeout(TIMEOUT_MILLIS);
        return new RawClient(connected);
    }

    private static RawClient connect(int port, Socket socket) throws IOException {
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.connect(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MILLIS);
        return new RawClient(socket);
    }

    /** Returns the socket, for example to add TLS. */
    public Socket socket() {
        return socket;
    }

    /** Returns the local port, which the service sees as the peer's port. */
    public int port() {
        return socket.getLocalPort();
    }

    public void send(String text) throws IOException {
        send(text.getBytes(UTF_8));
    }

    public void send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
    }

    /**
     * Reads the next line, without its LF.
     *
     * @throws EOFException if the stream ends before the LF
     */
    public String readLine() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException("after " + line.size() + " bytes of a line");
            }
            line.write(next);
        }
        return line.toString(UTF_8);
    }

    /** Reads {@code count} bytes, or fewer if the stream ends. */
    public byte[] read(int count) throws IOException {
        return in.readNBytes(count);
    }

    /** Reads until the service ends the stream. */
    public String readToEnd() throws IOException {
        return new String(in.readAllBytes(), UTF_8);
    }

    /** Half-closes the connection: ends the output stream, but can still read. */
    public void finish() throws IOException {
        socket.shutdownOutput();
    }

    /** Closes the connection with RST instead of FIN. */
    public void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
