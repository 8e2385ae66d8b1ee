/** The resumable stream of events, over one or many nodes. */
@NullMarked
@ApplicationModule(allowedDependencies = {"net", "peer", "receive", "cluster", "store"})
package io.switchboard.events;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
