/** Posts events to a back end and sends the back end's answers to the peer. */
@NullMarked
@ApplicationModule(
        allowedDependencies = {"net", "peer", "receive", "events", "store", "tracing", "fatal"})
package io.switchboard.webhook;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
