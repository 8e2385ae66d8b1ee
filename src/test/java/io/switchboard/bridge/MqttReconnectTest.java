package io.switchboard.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.paho.mqttv5.client.IMqttAsyncClient;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.junit.jupiter.api.Test;

class MqttReconnectTest {
    private static final Duration INTERVAL = Duration.ofMillis(1);

    private final AtomicInteger attempts = new AtomicInteger();

    /** Clients that the manager returns, one for each check; then it is stopped. */
    private final Queue<IMqttAsyncClient> clients = new ArrayDeque<>();

    private IMqttAsyncClient client(boolean connected) {
        return (IMqttAsyncClient)
                Proxy.newProxyInstance(
                        getClass().getClassLoader(),
                        new Class<?>[] {IMqttAsyncClient.class},
                        (_, method, _) ->
                                switch (method.getName()) {
                                    case "isConnected" -> connected;
                                    case "getClientId" -> "test";
                                    case "reconnect" -> {
                                        attempts.incrementAndGet();
                                        throw new MqttException(
                                                MqttException.REASON_CODE_CLIENT_EXCEPTION);
                                    }
                                    default ->
                                            throw new UnsupportedOperationException(
                                                    method.getName());
                                });
    }

    @Test
    void connectsAgainUntilThereIsAConnection() {
        clients.add(client(false));
        clients.add(client(false));
        clients.add(client(true));
        MqttReconnect.watch(clients::poll, INTERVAL);
        assertThat(attempts).hasValue(2);
    }

    @Test
    void endsWhenTheClientIsStopped() {
        MqttReconnect.watch(() -> null, INTERVAL);
        assertThat(attempts).hasValue(0);
    }

    @Test
    void connectsAgainAfterALaterLoss() {
        clients.add(client(true));
        clients.add(client(false));
        MqttReconnect.watch(clients::poll, INTERVAL);
        assertThat(attempts).hasValue(1);
    }
}
