/**
 * Attacks on a server. They run in a process of their own, {@link
 * io.switchboard.bench.attack.Attacker}, so that neither the probe nor the server pays for them.
 */
@NullMarked
package io.switchboard.bench.attack;

import org.jspecify.annotations.NullMarked;
