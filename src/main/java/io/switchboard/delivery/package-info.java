/** The send request and its service: selects recipients and reports what became of a message. */
@NullMarked
@ApplicationModule(
        allowedDependencies = {"framing", "peer", "inbound", "events", "kernel", "cluster"})
package io.switchboard.delivery;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
