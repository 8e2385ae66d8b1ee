package io.switchboard.net;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The limit of the memory that all holders of one kind of data use together, such as all outboxes.
 * A package that has such data declares a subclass as a bean. Each bean of this type has two gauges
 * and an entry in the health component {@code budgets}.
 *
 * <p>Thread-safe, without a lock, so event loops may use it. The sum is exact at any time: a
 * refused reservation never counts.
 */
public class MemoryBudget implements MeterBinder {
    private final String name;
    private final String description;
    private final long limit;
    private final AtomicLong used = new AtomicLong();

    /**
     * @param name of the data, as the names of the meters and the health details contain it
     * @param description the description of the meter {@code switchboard.NAME.bytes}
     * @param limit in bytes
     */
    protected MemoryBudget(String name, String description, long limit) {
        this.name = name;
        this.description = description;
        this.limit = limit;
    }

    public final String name() {
        return name;
    }

    /** Returns the limit in bytes. */
    public final long limit() {
        return limit;
    }

    /** Returns the reserved memory in bytes. */
    public final long used() {
        return used.get();
    }

    /**
     * Reserves memory, which the caller must {@link #release}. Returns false, and reserves nothing,
     * if the sum would exceed the limit.
     */
    public final boolean tryReserve(long bytes) {
        return tryReserve(bytes, limit - bytes);
    }

    /**
     * Reserves memory like {@link #tryReserve(long)}, but refuses only if the limit has already
     * been reached. So a reservation of any size succeeds while there is memory left.
     */
    public final boolean tryReserveUnlessFull(long bytes) {
        return tryReserve(bytes, limit - 1);
    }

    /** Reserves memory even if the sum exceeds the limit. The caller must {@link #release} it. */
    public final void reserve(long bytes) {
        used.addAndGet(bytes);
    }

    /** Releases memory that was reserved. */
    public final void release(long bytes) {
        used.addAndGet(-bytes);
    }

    private boolean tryReserve(long bytes, long maxUsed) {
        long before = used.get();
        while (before <= maxUsed) {
            long seen = used.compareAndExchange(before, before + bytes);
            if (seen == before) {
                return true;
            }
            before = seen;
        }
        return false;
    }

    @Override
    public final void bindTo(MeterRegistry meters) {
        Gauge.builder("switchboard." + name + ".bytes", this, MemoryBudget::used)
                .description(description)
                .baseUnit("bytes")
                .register(meters);
        Gauge.builder("switchboard." + name + ".limit", this, MemoryBudget::limit)
                .description("The limit of switchboard." + name + ".bytes")
                .baseUnit("bytes")
                .register(meters);
    }
}
