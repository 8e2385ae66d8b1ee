package io.switchboard.peer;

import java.util.concurrent.atomic.AtomicLong;

/** The bytes that all outboxes together may hold. Touched only for what has to wait. */
final class OutboxBudget {
    private final long max;
    private final AtomicLong held = new AtomicLong();

    OutboxBudget(long max) {
        this.max = max;
    }

    /** Charges {@code bytes}; false if the maximum is reached, unless {@code anyway}. */
    boolean take(int bytes, boolean anyway) {
        long before = held.getAndAdd(bytes);
        if (before < max || anyway) {
            return true;
        }
        held.addAndGet(-bytes);
        return false;
    }

    void giveBack(int bytes) {
        held.addAndGet(-bytes);
    }

    long held() {
        return held.get();
    }
}
