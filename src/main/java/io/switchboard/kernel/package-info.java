/** What the kernel knows of a socket. */
@NullMarked
@ApplicationModule(allowedDependencies = {})
package io.switchboard.kernel;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
