package io.switchboard.bench.attack;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Peers of the side port that send the same line in turn, at a rate for all together.
 *
 * @param line the line without its newline
 */
record Lines(String line, int peers, int perSecond, Duration time) implements Assault {
    @Override
    public Supplier<Outcome> run(Target target) throws IOException {
        byte[] frame = (line + "\n").getBytes(US_ASCII);
        List<Socket> sockets = new ArrayList<>();
        try {
            for (int peer = 0; peer < peers; peer++) {
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), target.sidePort());
                sockets.add(socket);
            }
            Outcome outcome = send(target, sockets, frame);
            return () -> outcome;
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }

    /** A write to a stalled server blocks; the kernel's buffers hold the lines of some seconds. */
    private Outcome send(Target target, List<Socket> sockets, byte[] frame) throws IOException {
        int[] failed = {0};
        int sent =
                Pace.keep(
                        perSecond,
                        target.scaled(time),
                        number -> {
                            try {
                                sockets.get(number % peers).getOutputStream().write(frame);
                            } catch (SocketException e) {
                                failed[0]++;
                            }
                        });
        return Outcome.of("%,d frames, %,d after a close".formatted(sent, failed[0]));
    }
}
