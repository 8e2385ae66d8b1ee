/** Lists of peers and commands on a peer, on this node and on others. */
@NullMarked
@ApplicationModule(
        allowedDependencies = {
            "net",
            "framing",
            "peer",
            "peer :: dial",
            "receive",
            "kernel",
            "delivery",
            "cluster"
        })
package io.switchboard.query;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
