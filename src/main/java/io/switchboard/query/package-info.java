/** Lists of peers and commands on peers, on this node and on others. */
@NullMarked
@ApplicationModule(
        allowedDependencies = {"framing", "peer", "inbound", "kernel", "delivery", "cluster"})
package io.switchboard.query;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
