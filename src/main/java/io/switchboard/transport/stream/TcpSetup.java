package io.switchboard.transport.stream;

import io.switchboard.peer.SocketOptions;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import jdk.net.ExtendedSocketOptions;

/** No delay for small writes, and probes of a peer that has been silent for a minute. */
final class TcpSetup implements SocketSetup {
    private static final int KEEPALIVE_IDLE_SECONDS = 60;
    private static final int KEEPALIVE_INTERVAL_SECONDS = 10;
    private static final int KEEPALIVE_PROBES = 6;

    @Override
    public void prepare(SocketChannel connected) throws IOException {
        connected.setOption(StandardSocketOptions.TCP_NODELAY, true);
        connected.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
        connected.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, KEEPALIVE_IDLE_SECONDS);
        connected.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, KEEPALIVE_INTERVAL_SECONDS);
        connected.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, KEEPALIVE_PROBES);
    }

    @Override
    public SocketOptions options(SocketChannel connected) throws IOException {
        return new SocketOptions(
                connected.getOption(StandardSocketOptions.SO_SNDBUF),
                connected.getOption(StandardSocketOptions.SO_RCVBUF),
                connected.getOption(StandardSocketOptions.SO_KEEPALIVE),
                connected.getOption(StandardSocketOptions.TCP_NODELAY));
    }
}
