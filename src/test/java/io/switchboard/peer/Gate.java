package io.switchboard.peer;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A kernel that holds a thread inside a write until the test lets it go on. */
public final class Gate implements FakeLink.Kernel {
    private final CountDownLatch entered = new CountDownLatch(1);
    private final CountDownLatch opened = new CountDownLatch(1);
    private final FakeLink.Kernel behind;

    /**
     * @param behind what it does when the gate is open
     */
    public Gate(FakeLink.Kernel behind) {
        this.behind = behind;
    }

    @Override
    public int take(int offered) throws IOException {
        entered.countDown();
        await(opened);
        return behind.take(offered);
    }

    /** Returns when a thread stands at the gate. */
    public void awaitEntered() {
        await(entered);
    }

    /** Whether a thread stands at the gate, or went through it. */
    public boolean entered() {
        return entered.getCount() == 0;
    }

    public void open() {
        opened.countDown();
    }

    private static void await(CountDownLatch latch) {
        try {
            if (!latch.await(10, TimeUnit.SECONDS)) {
                throw new AssertionError("nobody came to the gate, or nobody opened it");
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
