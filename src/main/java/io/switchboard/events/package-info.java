/** The resumable event stream, over one or many nodes. */
@NullMarked
@ApplicationModule(allowedDependencies = {"peer", "inbound", "cluster"})
package io.switchboard.events;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
