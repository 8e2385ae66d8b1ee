/** What the log looks like: an event is a line, whatever a peer or a client has sent. */
@NullMarked
@ApplicationModule(allowedDependencies = "peer")
package io.switchboard.log;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
