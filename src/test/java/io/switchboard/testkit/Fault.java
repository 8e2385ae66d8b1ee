package io.switchboard.testkit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** What a {@link ChaosProxy} does to one connection. */
public sealed interface Fault {

    /** The direction of a stream: towards the service or towards the client. */
    enum Towards {
        SERVICE,
        CLIENT
    }

    /** Forwards every byte at once. */
    record Pass() implements Fault {}

    /** Forwards each read after a delay, and reads again only after that. */
    record Delay(Duration toService, Duration toClient) implements Fault {}

    /** Forwards at most this many bytes at a time in both directions, each after a pause. */
    record Trickle(int bytes, Duration pause) implements Fault {}

    /**
     * Stops forwarding in both directions, the end of a stream included; both connections stay
     * open.
     *
     * @param after the number of bytes forwarded to the client before that
     */
    record Stall(long after) implements Fault {}

    /**
     * Resets both connections (RST).
     *
     * @param after the number of bytes forwarded to the client before that
     */
    record Reset(long after) implements Fault {}

    /**
     * Ends the stream of one direction, and reads and drops its further bytes. The other direction
     * continues.
     *
     * @param after the number of bytes forwarded in that direction before that
     */
    record HalfClose(Towards towards, long after) implements Fault {}

    /** Returns whether all bytes arrive, possibly late. */
    default boolean isHarmless() {
        return switch (this) {
            case Pass _, Delay _, Trickle _ -> true;
            case Stall _, Reset _, HalfClose _ -> false;
        };
    }

    /**
     * Returns {@code count} faults of each kind, in random order and with random parameters.
     *
     * @param maxBytes the maximum number of bytes to the client before a stall, reset or half-close
     */
    static List<Fault> ofEachKind(int count, int maxBytes, Random random) {
        List<Fault> faults = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            faults.add(new Pass());
            faults.add(new Delay(millis(random, 4), millis(random, 4)));
            faults.add(new Trickle(8_000 + random.nextInt(8_000), millis(random, 2)));
            faults.add(new Stall(1 + random.nextInt(maxBytes)));
            faults.add(new Reset(1 + random.nextInt(maxBytes)));
            faults.add(new HalfClose(Towards.CLIENT, 1 + random.nextInt(maxBytes)));
            faults.add(new HalfClose(Towards.SERVICE, 1 + random.nextInt(20)));
        }
        Collections.shuffle(faults, random);
        return faults;
    }

    private static Duration millis(Random random, int max) {
        return Duration.ofMillis(1 + random.nextInt(max));
    }
}
