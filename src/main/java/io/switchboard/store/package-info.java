/** One database for what must survive a restart: H2 in a file, or PostgreSQL. */
@NullMarked
@ApplicationModule(allowedDependencies = {})
package io.switchboard.store;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
