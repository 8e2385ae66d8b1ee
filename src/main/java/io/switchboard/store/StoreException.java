package io.switchboard.store;

import org.jspecify.annotations.Nullable;

/** The store did not execute a request. The message says why, for people. */
public final class StoreException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** What is wrong with the store. */
    public enum Fault {
        /** It cannot be opened, does not answer, or has too many requests. */
        UNAVAILABLE,
        /** Its disk is full. */
        FULL
    }

    private final Fault fault;
    private final boolean uncertain;

    public StoreException(Fault fault, String message) {
        super(message);
        this.fault = fault;
        this.uncertain = false;
    }

    StoreException(Fault fault, String message, Throwable cause) {
        this(fault, message, cause, false);
    }

    private StoreException(
            Fault fault, @Nullable String message, @Nullable Throwable cause, boolean uncertain) {
        super(message, cause);
        this.fault = fault;
        this.uncertain = uncertain;
    }

    /** Returns this error for a request whose commit failed. */
    StoreException whileCommitting() {
        return new StoreException(fault, getMessage(), getCause(), true);
    }

    public Fault fault() {
        return fault;
    }

    /** Returns whether the request may have been committed nevertheless. */
    public boolean uncertain() {
        return uncertain;
    }
}
