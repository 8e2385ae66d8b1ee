/** Membership of the cluster, and typed requests between its nodes. */
@NullMarked
@ApplicationModule(allowedDependencies = {"net", "peer", "tracing", "fatal"})
package io.switchboard.cluster;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
