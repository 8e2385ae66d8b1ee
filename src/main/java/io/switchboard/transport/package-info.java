/** Sockets in and out. */
@NullMarked
@ApplicationModule(allowedDependencies = {"framing", "peer", "inbound"})
package io.switchboard.transport;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
