package io.switchboard.node;

/** Something that other nodes may ask of this one. */
public interface Operation {

    /** By which it is asked for; no other has it. */
    String word();

    /**
     * Does it. On a virtual thread of its own, which may wait: whoever asked is told meanwhile that
     * it is being done.
     *
     * @throws RuntimeException it cannot be done, which is logged and answered as {@link
     *     Answer.Faulty}
     */
    byte[] answer(Request request) throws InterruptedException;
}
