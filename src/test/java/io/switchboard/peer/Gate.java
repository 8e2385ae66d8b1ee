package io.switchboard.peer;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A kernel that blocks a thread inside a write until the test opens the gate. */
public final class Gate implements FakeLink.Kernel {
    private final CountDownLatch entered = new CountDownLatch(1);
    private final CountDownLatch opened = new CountDownLatch(1);
    private final FakeLink.Kernel behind;

    /**
     * Creates a closed gate.
     *
     * @param behind the kernel that executes the write after the gate is open
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

    /** Waits until a thread has entered the write. */
    public void awaitEntered() {
        await(entered);
    }

    /** Returns whether a thread has entered the write. */
    public boolean entered() {
        return entered.getCount() == 0;
    }

    public void open() {
        opened.countDown();
    }

    private static void await(CountDownLatch latch) {
        try {
            if (!latch.await(10, TimeUnit.SECONDS)) {
                throw new AssertionError(
                        "no thread entered the write, or the test did not open the gate");
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
