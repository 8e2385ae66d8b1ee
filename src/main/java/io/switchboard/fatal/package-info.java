/** Ends the process after an error that it cannot survive. */
@NullMarked
@ApplicationModule(allowedDependencies = {})
package io.switchboard.fatal;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
