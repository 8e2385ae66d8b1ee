package io.switchboard.bench.hostile;

import io.switchboard.bench.BenchException;
import io.switchboard.bench.Pause;
import io.switchboard.bench.Settings;
import io.switchboard.bench.attack.Attack;
import io.switchboard.bench.contestant.Footprint;
import io.switchboard.bench.hostile.HostileRow.Survival;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One attack on one new server: warm-up, footprint, attack with probe, footprint until it is back
 * at the baseline.
 */
final class HostileRun {
    private static final Duration WARM_UP = Duration.ofSeconds(2);
    private static final Duration RECOVERY = Duration.ofSeconds(10);
    private static final Duration POLL = Duration.ofMillis(200);

    private final Settings settings;
    private final Attack attack;
    private final AttackedServer server;

    HostileRun(Settings settings, Attack attack, AttackedServer server) {
        this.settings = settings;
        this.attack = attack;
        this.server = server;
    }

    HostileRow run() {
        server.contestant().start();
        try (EchoPeer peer = new EchoPeer(server.contestant())) {
            return attack(new Probe(server.contestant(), peer));
        } catch (IOException e) {
            throw new BenchException("cannot attack " + server.contestant().name(), e);
        } finally {
            server.kill();
        }
    }

    private HostileRow attack(Probe probe) {
        HealthProbe health = new HealthProbe(server.contestant());
        probe.warmUp(settings.quick() ? WARM_UP.dividedBy(2) : WARM_UP);
        Footprint before = server.footprint();
        try (AttackerProcess attacker =
                new AttackerProcess(
                        attack,
                        server.target(settings.quick()),
                        settings.output().resolve("attacker.log"))) {
            attacker.awaitBegin();
            probe.start();
            health.start();
            attacker.awaitEnd();
            probe.stop();
            health.stop();
            attacker.awaitExit();
            long ended = System.nanoTime();
            Footprint after = awaitBaseline(before, ended);
            double seconds = (System.nanoTime() - ended) / 1e9;
            return new HostileRow(
                    attack,
                    server.contestant().name(),
                    attacker.result(),
                    attacker.answersPerSecond(),
                    probe.latencies(),
                    probe.errors(),
                    probe.firstError(),
                    health.maxMillis(),
                    health.failures(),
                    health.asked(),
                    survival(),
                    before,
                    after,
                    after != null && after.isBackTo(before) ? seconds : null);
        }
    }

    /** Returns the footprint as soon as it is back at the baseline, or the last one of 10 s. */
    private @Nullable Footprint awaitBaseline(Footprint before, long start) {
        Footprint last = null;
        try {
            do {
                last = server.footprint();
                if (last.isBackTo(before)) {
                    return last;
                }
                Pause.of(POLL);
            } while (System.nanoTime() - start < RECOVERY.toNanos());
        } catch (BenchException e) {
            return last;
        }
        return last;
    }

    /** A new peer must be accepted and must get a question, over a new HTTP connection. */
    private Survival survival() {
        if (!server.isAlive()) {
            return Survival.NO;
        }
        boolean healthy = new HealthProbe(server.contestant()).isHealthy();
        try (EchoPeer peer = new EchoPeer(server.contestant())) {
            new Probe(server.contestant(), peer).warmUp(Duration.ofMillis(1));
            return healthy ? Survival.YES : Survival.ZOMBIE;
        } catch (IOException | BenchException e) {
            return server.isAlive() ? Survival.ZOMBIE : Survival.NO;
        }
    }
}
