/**
 * The send request and its service: selects recipients and reports the result of a message, on this
 * node and on others.
 */
@NullMarked
@ApplicationModule(
        allowedDependencies = {
            "net",
            "framing",
            "peer",
            "peer :: dial",
            "receive",
            "events",
            "kernel",
            "cluster",
            "tracing"
        })
package io.switchboard.delivery;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
