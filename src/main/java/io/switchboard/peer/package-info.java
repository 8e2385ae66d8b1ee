/** Connected peers and their outboxes; the only owner of live sessions. */
@NullMarked
@ApplicationModule(allowedDependencies = {"net", "framing", "fatal"})
package io.switchboard.peer;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
