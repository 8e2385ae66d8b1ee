/** Framings: where a message starts and ends in a byte stream. */
@NullMarked
@ApplicationModule(allowedDependencies = {})
package io.switchboard.framing;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
