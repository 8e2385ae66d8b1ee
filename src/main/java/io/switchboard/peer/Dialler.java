package io.switchboard.peer;

/** Connects to others, so that they become peers. */
public interface Dialler {

    /** Whether peers of this listener can be connected to: it must be one of plain TCP. */
    boolean serves(Listener listener);

    /**
     * Connects. Blocks the calling thread, which should be a virtual one, up to the call's
     * time-out.
     *
     * @param call its listener is one that this {@link #serves}
     */
    Dialled dial(Call call) throws InterruptedException;
}
