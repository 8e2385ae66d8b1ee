package io.switchboard.bench.hostile;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.switchboard.bench.contestant.Loopback;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP client with one persistent connection, which it opens again after a failure. Only one
 * thread uses it. Unlike the clients of the load generator, it reports a failure and goes on.
 */
final class KeepAliveClient implements AutoCloseable {
    private static final String LENGTH = "content-length:";
    private static final String CHUNKED = "transfer-encoding: chunked";

    private final int port;
    private final int timeoutMillis;
    private @Nullable Socket socket;
    private InputStream in = InputStream.nullInputStream();

    KeepAliveClient(int port, Duration timeout) {
        this.port = port;
        this.timeoutMillis = (int) timeout.toMillis();
    }

    /**
     * Sends a request and returns the status line, the headers and the body.
     *
     * @throws IOException if there is no complete response within the timeout
     */
    String exchange(byte[] request) throws IOException {
        try {
            Socket connected = socket == null ? connect() : socket;
            socket = connected;
            connected.getOutputStream().write(request);
            return read();
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    private Socket connect() throws IOException {
        Socket connected = new Socket();
        try {
            connected.connect(Loopback.server(port), timeoutMillis);
            connected.setSoTimeout(timeoutMillis);
            connected.setTcpNoDelay(true);
            in = new BufferedInputStream(connected.getInputStream());
            return connected;
        } catch (IOException e) {
            connected.close();
            throw e;
        }
    }

    private String read() throws IOException {
        StringBuilder response = new StringBuilder();
        int length = 0;
        boolean chunked = false;
        for (String line = line(); !line.isEmpty(); line = line()) {
            response.append(line).append('\n');
            String lower = line.toLowerCase(Locale.ROOT);
            if (lower.startsWith(LENGTH)) {
                length = Integer.parseInt(lower.substring(LENGTH.length()).strip());
            }
            chunked |= lower.startsWith(CHUNKED);
        }
        if (!chunked) {
            return response + new String(in.readNBytes(length), ISO_8859_1);
        }
        for (int size = chunkSize(); size > 0; size = chunkSize()) {
            response.append(new String(in.readNBytes(size), ISO_8859_1));
            line();
        }
        line();
        return response.toString();
    }

    private int chunkSize() throws IOException {
        return Integer.parseInt(line(), 16);
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new IOException("the server closed the connection");
            }
            line.append((char) next);
        }
        return line.toString().strip();
    }

    @Override
    public void close() throws IOException {
        Socket closing = socket;
        socket = null;
        if (closing != null) {
            closing.close();
        }
    }
}
