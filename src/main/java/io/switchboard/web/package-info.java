/** REST, problems, and whatever else is HTTP. */
@NullMarked
@ApplicationModule(
        allowedDependencies = {
            "framing",
            "peer",
            "inbound",
            "events",
            "delivery",
            "kernel",
            "cluster",
            "query"
        })
package io.switchboard.web;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
