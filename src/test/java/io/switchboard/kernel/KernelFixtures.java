package io.switchboard.kernel;

/** What other rooms' tests cannot construct. */
public final class KernelFixtures {
    private KernelFixtures() {}

    /** The kernel of this machine; it knows nothing of fake links. To be destroyed after use. */
    public static KernelSockets sockets() {
        return new KernelSockets();
    }
}
