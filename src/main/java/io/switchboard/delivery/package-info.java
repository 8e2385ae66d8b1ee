/** Choosing recipients, and reporting what became of a message. */
@NullMarked
@ApplicationModule(
        allowedDependencies = {"framing", "peer", "inbound", "events", "kernel", "cluster"})
package io.switchboard.delivery;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
