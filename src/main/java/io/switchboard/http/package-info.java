/** The REST API: binding of requests, rendering of answers, and code that all endpoints share. */
@NullMarked
@ApplicationModule(
        allowedDependencies = {
            "fatal",
            "net",
            "framing",
            "peer",
            "peer :: dial",
            "receive",
            "events",
            "webhook",
            "kernel",
            "delivery",
            "query",
            "cluster",
            "mailbox",
            "listener",
            "store",
            "tracing",
            "logging"
        })
package io.switchboard.http;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
