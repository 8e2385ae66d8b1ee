/** Addresses, networks, errno names, the escaping of unprintable characters, memory budgets. */
@NullMarked
@ApplicationModule(allowedDependencies = {})
package io.switchboard.net;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
