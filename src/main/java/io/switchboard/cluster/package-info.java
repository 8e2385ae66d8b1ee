/** Several nodes as one, over Redis. */
@NullMarked
@ApplicationModule(allowedDependencies = {"node", "peer"})
package io.switchboard.cluster;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
