package io.switchboard.bridge;

/** Creates the connections to the brokers of one kind. */
interface BrokerFactory {
    BridgeType type();

    /**
     * Creates a connection, which begins when it is needed.
     *
     * @param name the name of the bridge
     */
    Broker create(String name, BridgeProperties properties);
}
