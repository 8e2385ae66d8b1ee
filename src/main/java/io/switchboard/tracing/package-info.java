/** The traces of sends and of received messages, by OpenTelemetry; off unless configured. */
@NullMarked
@ApplicationModule(allowedDependencies = {})
package io.switchboard.tracing;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
