/** Kernel information about sockets (Linux sock_diag(7)). */
@NullMarked
@ApplicationModule(allowedDependencies = {})
package io.switchboard.kernel;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
