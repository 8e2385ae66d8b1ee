/** Processing of a received message: naming, history, request and reply. */
@NullMarked
@ApplicationModule(allowedDependencies = {"net", "peer", "framing"})
package io.switchboard.receive;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
