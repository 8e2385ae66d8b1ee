/**
 * Publishes the events of peers to brokers (Kafka, MQTT, Redis Streams) and takes sends from them.
 */
@NullMarked
@ApplicationModule(
        allowedDependencies = {
            "net",
            "peer",
            "receive",
            "events",
            "webhook",
            "delivery",
            "listener",
            "cluster",
            "fatal"
        })
package io.switchboard.bridge;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
