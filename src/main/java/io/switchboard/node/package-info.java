/** The nodes that are one service, and how to ask something of another. */
@NullMarked
@ApplicationModule(allowedDependencies = {})
package io.switchboard.node;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
