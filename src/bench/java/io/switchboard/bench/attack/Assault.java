package io.switchboard.bench.attack;

import java.io.IOException;
import java.util.function.Supplier;

/** The attacker's part of an {@link Attack}. */
interface Assault {
    /**
     * Attacks the server for a limited time. The probe measures until this method returns.
     *
     * @return what the attack achieved, for the table; called after the measurement, so that it may
     *     still exchange bytes with the server
     */
    Supplier<Outcome> run(Target target) throws IOException;
}
