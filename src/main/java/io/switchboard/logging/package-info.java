/** Logback converters that keep one log event on one line, whatever a peer or a client has sent. */
@NullMarked
@ApplicationModule(allowedDependencies = {"net", "fatal"})
package io.switchboard.logging;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
