package io.switchboard.query;

/** Carries a {@link Refusal} to the one place that reports it to the client or to another node. */
public final class RefusedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final transient Refusal refusal;

    RefusedException(Refusal refusal) {
        super(refusal.detail());
        this.refusal = refusal;
    }

    /** Returns why the operation was not performed. */
    public Refusal refusal() {
        return refusal;
    }
}
