package io.switchboard.delivery;

/** A message that has been offered to the one peer that it is for. */
public final class Underway {
    private final Tally tally;
    private final Send send;

    Underway(Tally tally, Send send) {
        this.tally = tally;
        this.send = send;
    }

    /** Whether {@link #report} would not wait. */
    public boolean settled() {
        return send.until() == Wait.QUEUED || tally.ended();
    }

    /**
     * What became of it, as soon as that is as far as was asked for, or its time-out is over.
     *
     * @throws InterruptedException while waiting; what was accepted is still delivered
     */
    public DeliveryReport report() throws InterruptedException {
        if (!settled()) {
            tally.await(send.timeout());
        }
        return tally.report();
    }
}
