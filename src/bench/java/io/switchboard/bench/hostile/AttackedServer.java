package io.switchboard.bench.hostile;

import io.switchboard.bench.BenchException;
import io.switchboard.bench.attack.Target;
import io.switchboard.bench.contestant.Contestant;
import io.switchboard.bench.contestant.Footprint;
import io.switchboard.bench.contestant.LiveHeap;
import io.switchboard.bench.contestant.ResponseJson;
import io.switchboard.bench.contestant.Switchboard;
import io.switchboard.bench.load.HttpConnection;
import java.io.IOException;
import java.time.Duration;

/**
 * A server for one attack.
 *
 * @param sidePort port of the listener that the setup adds
 */
record AttackedServer(Contestant contestant, int sidePort) {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    Target target(boolean quick) {
        return new Target(contestant.tcpPort(), contestant.httpPort(), sidePort, quick);
    }

    boolean isAlive() {
        return ProcessHandle.of(contestant.pid()).map(ProcessHandle::isAlive).orElse(false);
    }

    /** Ends the process at once, without the drain of a normal stop. */
    void kill() {
        ProcessHandle.of(contestant.pid()).ifPresent(ProcessHandle::destroyForcibly);
        contestant.stop();
    }

    /** Collects garbage, and returns what the server still holds. */
    Footprint footprint() {
        double heap =
                contestant instanceof Switchboard
                        ? LiveHeap.kilobytes(contestant.pid()) / 1024
                        : nodeHeap();
        return Footprint.read(contestant.pid(), heap);
    }

    private double nodeHeap() {
        try (KeepAliveClient client = new KeepAliveClient(contestant.httpPort(), TIMEOUT)) {
            String response = client.exchange(HttpConnection.get(contestant, "/heap"));
            return ResponseJson.number(response.substring(response.indexOf('{')), "bytes") / 1e6;
        } catch (IOException e) {
            throw new BenchException("cannot read the heap of " + contestant.name(), e);
        }
    }
}
