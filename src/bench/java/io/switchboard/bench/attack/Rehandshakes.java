package io.switchboard.bench.attack;

import io.switchboard.bench.Pause;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * TLS peers that complete the handshake and then send no application data, only handshake messages:
 * with TLS 1.3 requests to update the keys, whose answers they do not read; with TLS 1.2 new
 * handshakes on the same connection, one after the other.
 *
 * @param protocol {@code TLSv1.3} or {@code TLSv1.2}
 */
record Rehandshakes(int peers, String protocol, Duration time) implements Assault {
    private static final String TLS_1_2 = "TLSv1.2";
    private static final int BATCH = 4 * 1024;
    private static final int READ_TIMEOUT_MILLIS = 5_000;
    private static final Duration IDLE = Duration.ofMillis(5);

    @Override
    public Supplier<Outcome> run(Target target) throws IOException {
        List<TlsPeer> all = new ArrayList<>();
        for (int peer = 0; peer < peers; peer++) {
            all.add(new TlsPeer(target.sidePort(), protocol));
        }
        long start = System.nanoTime();
        long end = start + target.scaled(time).toNanos();
        long sent = 0;
        while (System.nanoTime() < end) {
            long before = sent;
            for (TlsPeer peer : all) {
                sent += peer.next();
            }
            if (sent == before) {
                Pause.of(IDLE);
            }
        }
        double perSecond = sent / ((System.nanoTime() - start) / 1e9);
        long closed = all.stream().filter(peer -> !peer.open).count();
        for (TlsPeer peer : all) {
            peer.channel.close();
        }
        String text = "%,d, %,.0f/s, %d closed by the server".formatted(sent, perSecond, closed);
        return () -> Outcome.of(text);
    }

    /** One connection. */
    private static final class TlsPeer {
        private final SocketChannel channel;
        private final SSLEngine engine;
        private final boolean renegotiates;
        private final ByteBuffer none = ByteBuffer.allocate(0);
        private final ByteBuffer outgoing;
        private final ByteBuffer incoming;
        private final ByteBuffer plain;
        private boolean open = true;

        TlsPeer(int port, String protocol) throws IOException {
            engine = engine();
            engine.setEnabledProtocols(new String[] {protocol});
            renegotiates = protocol.equals(TLS_1_2);
            int packet = engine.getSession().getPacketBufferSize();
            outgoing = ByteBuffer.allocate(BATCH + packet);
            incoming = ByteBuffer.allocate(packet);
            plain = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize());
            channel =
                    SocketChannel.open(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            channel.socket().setSoTimeout(READ_TIMEOUT_MILLIS);
            handshake();
            outgoing.clear().limit(0);
            channel.configureBlocking(renegotiates);
        }

        private static SSLEngine engine() throws IOException {
            try {
                SSLContext context = SSLContext.getInstance("TLS");
                context.init(null, new TrustManager[] {new TrustAll()}, null);
                SSLEngine engine = context.createSSLEngine();
                engine.setUseClientMode(true);
                return engine;
            } catch (GeneralSecurityException e) {
                throw new IOException(e);
            }
        }

        private void handshake() throws IOException {
            engine.beginHandshake();
            HandshakeStatus status = engine.getHandshakeStatus();
            while (status != HandshakeStatus.FINISHED
                    && status != HandshakeStatus.NOT_HANDSHAKING) {
                status =
                        switch (status) {
                            case NEED_TASK -> {
                                Runnable task = engine.getDelegatedTask();
                                if (task != null) {
                                    task.run();
                                }
                                yield engine.getHandshakeStatus();
                            }
                            case NEED_WRAP -> wrap();
                            case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> unwrap();
                            case FINISHED, NOT_HANDSHAKING -> status;
                        };
            }
        }

        private HandshakeStatus wrap() throws IOException {
            outgoing.clear();
            HandshakeStatus status = engine.wrap(none, outgoing).getHandshakeStatus();
            outgoing.flip();
            while (outgoing.hasRemaining()) {
                channel.write(outgoing);
            }
            return status;
        }

        private HandshakeStatus unwrap() throws IOException {
            incoming.flip();
            SSLEngineResult result = engine.unwrap(incoming, plain);
            incoming.compact();
            if (result.getStatus() == SSLEngineResult.Status.BUFFER_UNDERFLOW) {
                read();
            }
            return result.getHandshakeStatus();
        }

        /** A read of the channel itself would have no timeout. */
        private void read() throws IOException {
            int read =
                    channel.socket()
                            .getInputStream()
                            .read(incoming.array(), incoming.position(), incoming.remaining());
            if (read < 0) {
                throw new IOException("the server closed a connection in its handshake");
            }
            incoming.position(incoming.position() + read);
        }

        /** Returns the number of handshakes or key updates that were started. */
        int next() {
            if (!open) {
                return 0;
            }
            try {
                if (renegotiates) {
                    handshake();
                    return 1;
                }
                return updateKeys();
            } catch (IOException e) {
                open = false;
                return 0;
            }
        }

        /** Creates records only when the kernel has taken the previous ones. */
        private int updateKeys() throws IOException {
            int records = 0;
            if (!outgoing.hasRemaining()) {
                outgoing.clear();
                while (outgoing.position() < BATCH) {
                    engine.beginHandshake();
                    engine.wrap(none, outgoing);
                    records++;
                }
                outgoing.flip();
            }
            channel.write(outgoing);
            return records;
        }
    }

    /** Trusts the certificate that the benchmark has created, and any other. */
    private static final class TrustAll extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkClientTrusted(
                X509Certificate[] chain, String type, java.net.@Nullable Socket socket) {}

        @Override
        public void checkServerTrusted(
                X509Certificate[] chain, String type, java.net.@Nullable Socket socket) {}

        @Override
        public void checkClientTrusted(
                X509Certificate[] chain, String type, @Nullable SSLEngine engine) {}

        @Override
        public void checkServerTrusted(
                X509Certificate[] chain, String type, @Nullable SSLEngine engine) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
