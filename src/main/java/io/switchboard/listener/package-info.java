/** Creates, changes and removes listeners at run time: the store, the reload, and other nodes. */
@NullMarked
@ApplicationModule(allowedDependencies = {"net", "peer", "cluster", "store"})
package io.switchboard.listener;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
