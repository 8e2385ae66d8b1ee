/** What happens to a received message. */
@NullMarked
@ApplicationModule(allowedDependencies = "peer")
package io.switchboard.inbound;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
