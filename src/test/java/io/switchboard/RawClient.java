package io.switchboard;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;

/** A blocking socket of the plainest kind; each read waits for a bounded time. */
final class RawClient implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 30_000;

    private final Socket socket;
    private final InputStream in;

    private RawClient(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream());
    }

    static RawClient connect(int port) throws IOException {
        return connect(port, new Socket());
    }

    /** One whose kernel keeps next to nothing for it: soon nobody can write to it. */
    static RawClient connectWithTinyBuffer(int port) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(4 * 1024);
        return connect(port, socket);
    }

    /** One from this address of this machine's. */
    static RawClient connectFrom(String address, int port) throws IOException {
        Socket socket = new Socket();
        socket.bind(new InetSocketAddress(InetAddress.ofLiteral(address), 0));
        return connect(port, socket);
    }

    /** One that is connected already. */
    static RawClient over(Socket connected) throws IOException {
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

    /** For a layer on it. */
    Socket socket() {
        return socket;
    }

    /** Its own port: what the service sees as the peer's. */
    int port() {
        return socket.getLocalPort();
    }

    void send(String text) throws IOException {
        send(text.getBytes(UTF_8));
    }

    void send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
    }

    /**
     * The next line, without its LF.
     *
     * @throws EOFException the stream ended before it
     */
    String readLine() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException("after " + line.size() + " bytes of a line");
            }
            line.write(next);
        }
        return line.toString(UTF_8);
    }

    /** The next {@code count} bytes; fewer only where the stream ended. */
    byte[] read(int count) throws IOException {
        return in.readNBytes(count);
    }

    /** All that still comes until the service ends the stream. */
    String readToEnd() throws IOException {
        return new String(in.readAllBytes(), UTF_8);
    }

    /** Ends its own stream, and goes on reading. */
    void finish() throws IOException {
        socket.shutdownOutput();
    }

    /** Leaves without a word: RST instead of FIN. */
    void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
