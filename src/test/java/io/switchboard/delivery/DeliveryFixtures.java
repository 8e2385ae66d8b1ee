package io.switchboard.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.switchboard.kernel.KernelSockets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.util.unit.DataSize;

/** Creates objects of this package for tests. */
public final class DeliveryFixtures {
    private DeliveryFixtures() {}

    /** Returns a budget that is never full. */
    static DeliveryBudget budget() {
        return budget(Long.MAX_VALUE);
    }

    static DeliveryBudget budget(long bytes) {
        return new DeliveryBudget(new DeliveryProperties(DataSize.ofBytes(bytes)));
    }

    /** Returns a request of a sender that may reach all peers, for one name. */
    public static Send send(String name, @Nullable Duration ttl) {
        return SendBuilder.to(new Target.One(name))
                .payload("hello".getBytes(UTF_8))
                .text()
                .timeout(Duration.ZERO)
                .results(Send.Results.ALL)
                .ttl(ttl)
                .build();
    }

    public static StoredDelivery storedDelivery(KernelSockets kernel) {
        return new StoredDelivery(kernel);
    }
}
