/** Membership of the cluster, and typed requests between its nodes. */
@NullMarked
@ApplicationModule(allowedDependencies = "peer")
package io.switchboard.cluster;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
