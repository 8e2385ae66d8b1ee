/** Who is connected; the only owner of live sessions. */
@NullMarked
@ApplicationModule(allowedDependencies = {})
package io.switchboard.peer;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
