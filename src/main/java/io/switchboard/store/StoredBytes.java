package io.switchboard.store;

import java.util.concurrent.atomic.AtomicLong;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.stereotype.Component;
import org.springframework.util.unit.DataSize;

/**
 * The bytes of everything that waits in the store, messages and events, and their common limit.
 * Each package adds what it stores and subtracts what it removes. Thread-safe.
 */
@Component
public final class StoredBytes {

    /**
     * The limit of the store.
     *
     * @param totalMaxBytes the most bytes of the messages and events that wait in the store
     */
    @ConfigurationProperties("switchboard.mailbox")
    record Limit(@DefaultValue("1GB") DataSize totalMaxBytes) {}

    private final AtomicLong bytes = new AtomicLong();
    private final long limit;

    StoredBytes(Limit limit) {
        this.limit = limit.totalMaxBytes().toBytes();
    }

    public void add(long more) {
        bytes.addAndGet(more);
    }

    public long bytes() {
        return bytes.get();
    }

    public long limit() {
        return limit;
    }
}
