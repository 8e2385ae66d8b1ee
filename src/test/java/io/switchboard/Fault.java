package io.switchboard;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** What a {@link ChaosProxy} does to one connection. */
sealed interface Fault {

    /** Where bytes go. */
    enum Towards {
        SERVICE,
        CLIENT
    }

    /** Nothing: every byte goes on at once. */
    record Pass() implements Fault {}

    /** What comes goes on so much later; the next is read only then. */
    record Delay(Duration toService, Duration toClient) implements Fault {}

    /** A few bytes at a time go on, either way, with a pause after each. */
    record Trickle(int bytes, Duration pause) implements Fault {}

    /**
     * Nothing goes either way any more, no end of a stream either; both connections stay open.
     *
     * @param after so many bytes have gone to the client
     */
    record Cut(long after) implements Fault {}

    /**
     * Both connections end by RST.
     *
     * @param after so many bytes have gone to the client
     */
    record Reset(long after) implements Fault {}

    /**
     * One direction's stream ends, and what still comes for it is read and dropped; the other goes
     * on.
     *
     * @param after so many bytes have gone that way
     */
    record HalfClose(Towards towards, long after) implements Fault {}

    /** Whether all that is sent arrives, however late. */
    default boolean isHarmless() {
        return switch (this) {
            case Pass _, Delay _, Trickle _ -> true;
            case Cut _, Reset _, HalfClose _ -> false;
        };
    }

    /**
     * So many of each kind, in an order and to a degree that the seed chooses.
     *
     * @param most bytes before a connection is cut, reset or half closed
     */
    static List<Fault> ofEachKind(int count, int most, Random seeded) {
        List<Fault> faults = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            faults.add(new Pass());
            faults.add(new Delay(millis(seeded, 4), millis(seeded, 4)));
            faults.add(new Trickle(8_000 + seeded.nextInt(8_000), millis(seeded, 2)));
            faults.add(new Cut(1 + seeded.nextInt(most)));
            faults.add(new Reset(1 + seeded.nextInt(most)));
            faults.add(new HalfClose(Towards.CLIENT, 1 + seeded.nextInt(most)));
            faults.add(new HalfClose(Towards.SERVICE, 1 + seeded.nextInt(20)));
        }
        Collections.shuffle(faults, seeded);
        return faults;
    }

    private static Duration millis(Random seeded, int most) {
        return Duration.ofMillis(1 + seeded.nextInt(most));
    }
}
