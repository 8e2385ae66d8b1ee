/** Choosing recipients, and reporting what became of a message. */
@NullMarked
@ApplicationModule(allowedDependencies = {"framing", "peer", "kernel"})
package io.switchboard.delivery;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
