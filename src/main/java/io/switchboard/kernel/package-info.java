/**
 * Calls of the Linux kernel that the JDK does not have: information about sockets (sock_diag(7)),
 * and the state of the service for systemd (sd_notify(3)).
 */
@NullMarked
@ApplicationModule(allowedDependencies = {})
package io.switchboard.kernel;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
