/** Messages that are stored for peers which are not connected, and their delivery. */
@NullMarked
@ApplicationModule(
        allowedDependencies = {
            "net",
            "framing",
            "peer",
            "receive",
            "events",
            "delivery",
            "cluster",
            "store"
        })
package io.switchboard.mailbox;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
