/** Inbound and outbound sockets, and the event loops that serve them. */
@NullMarked
@ApplicationModule(
        allowedDependencies = {
            "net",
            "framing",
            "peer",
            "peer :: dial",
            "receive",
            "webhook",
            "listener",
            "fatal"
        })
package io.switchboard.transport;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
