package io.switchboard.bench.attack;

import io.switchboard.bench.attack.Crowd.Conduct;
import io.switchboard.bench.attack.Crowd.Ending;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

/**
 * Subscribers of the event stream that read nothing, while a peer sends lines that become events.
 *
 * @param count number of subscribers
 * @param paths the request targets, each of an equal part of the subscribers
 */
record SilentSubscribers(int count, Duration time, List<String> paths) implements Assault {
    private static final int PER_SECOND = 500;
    private static final int LINES_PER_SECOND = 100;
    private static final int LINE = 1_000;
    private static final Duration DRAIN = Duration.ofSeconds(3);

    SilentSubscribers(int count, Duration time, String... paths) {
        this(count, time, List.of(paths));
    }

    @Override
    public Supplier<Outcome> run(Target target) throws IOException {
        List<Crowd> crowds = new ArrayList<>();
        for (String path : paths) {
            String request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
            Crowd crowd =
                    new Crowd(target.httpPort(), new Conduct(request, false, false, Ending.HOLD));
            crowd.grow(count / paths.size(), PER_SECOND);
            crowds.add(crowd);
        }
        int lines = publish(target);
        return () -> result(crowds, lines);
    }

    private int publish(Target target) throws IOException {
        byte[] line = new byte[LINE];
        Arrays.fill(line, (byte) 'e');
        line[LINE - 1] = '\n';
        try (Socket peer = new Socket(InetAddress.getLoopbackAddress(), target.tcpPort())) {
            return Pace.keep(
                    LINES_PER_SECOND, target.scaled(time), _ -> peer.getOutputStream().write(line));
        }
    }

    /** Finds out how many connections the server has closed, which only a read can tell. */
    private static Outcome result(List<Crowd> crowds, int lines) {
        int connected = 0;
        int closed = 0;
        try {
            for (Crowd crowd : crowds) {
                crowd.drain(DRAIN.dividedBy(crowds.size()));
                connected += crowd.connected();
                closed += crowd.closedByServer();
                crowd.close();
            }
        } catch (IOException e) {
            return Outcome.of("the connections cannot be read: " + e);
        }
        return Outcome.of(
                "%,d connected, %,d lines, %,d disconnected by the server"
                        .formatted(connected, lines, closed));
    }
}
