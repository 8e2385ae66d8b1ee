package io.switchboard.bench.attack;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.time.Duration;
import java.util.function.Supplier;

/** Datagrams each of which comes from another address and port. */
record SpoofedDatagrams(int perSecond, Duration time) implements Assault {
    private static final int LENGTH = 100;

    @Override
    public Supplier<Outcome> run(Target target) throws IOException {
        InetSocketAddress server =
                new InetSocketAddress(InetAddress.getLoopbackAddress(), target.sidePort());
        ByteBuffer datagram = ByteBuffer.allocateDirect(LENGTH);
        long start = System.nanoTime();
        int sent =
                Pace.keep(
                        perSecond,
                        target.scaled(time),
                        number -> {
                            try (DatagramChannel channel = DatagramChannel.open()) {
                                channel.bind(new InetSocketAddress(Crowd.source(number), 0));
                                channel.send(datagram.clear(), server);
                            }
                        });
        double perSecondSent = sent / ((System.nanoTime() - start) / 1e9);
        return () -> Outcome.of("%,d datagrams, %,.0f/s".formatted(sent, perSecondSent));
    }
}
