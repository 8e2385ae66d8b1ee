package io.switchboard.bench.hostile;

import io.switchboard.bench.attack.PeerIds;
import io.switchboard.bench.contestant.Contestant;
import io.switchboard.bench.contestant.Loopback;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;

/** A well-behaved peer that sends back what it receives, on a thread of its own. */
final class EchoPeer implements AutoCloseable {
    private static final int BUFFER = 16 * 1024;

    private final Socket socket;
    private final String id;

    EchoPeer(Contestant server) throws IOException {
        InetSocketAddress address = Loopback.server(server.tcpPort());
        socket = new Socket(address.getAddress(), address.getPort());
        socket.setTcpNoDelay(true);
        id = PeerIds.find(server.httpPort(), (InetSocketAddress) socket.getLocalSocketAddress());
        Thread.ofPlatform().daemon().name("echo").start(this::echo);
    }

    String id() {
        return id;
    }

    private void echo() {
        byte[] bytes = new byte[BUFFER];
        try {
            for (int read = 0; read >= 0; read = socket.getInputStream().read(bytes)) {
                socket.getOutputStream().write(bytes, 0, read);
            }
        } catch (IOException e) {
            // The server or close() ended the connection; the probe counts what is not answered.
            return;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
