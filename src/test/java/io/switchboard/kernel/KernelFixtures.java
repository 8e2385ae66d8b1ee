package io.switchboard.kernel;

/** Creates kernel objects for the tests of other packages. */
public final class KernelFixtures {
    private KernelFixtures() {}

    /** Returns the sockets of this machine. The caller must destroy the object after use. */
    public static KernelSockets sockets() {
        return new KernelSockets();
    }
}
