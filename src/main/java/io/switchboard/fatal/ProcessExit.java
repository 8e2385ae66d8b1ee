package io.switchboard.fatal;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Writes one line and ends the process, although there may be no memory left: the line and the
 * thread that writes it exist beforehand, and neither {@link #end} nor that thread allocates any.
 * Shutdown hooks do not run, because they need memory and may wait forever.
 *
 * <p>Thread-safe. The thread that changes {@code ending} to true sets {@code what} and {@code
 * thread}, and publishes them with {@code cause}; every other thread only waits for the end.
 */
final class ProcessExit {
    /** The exit code with which {@code -XX:+ExitOnOutOfMemoryError} ends the process too. */
    private static final int EXIT_CODE = 3;

    /** How long standard output may block before the process ends without the line. */
    private static final long LONGEST_WAIT = TimeUnit.MILLISECONDS.toNanos(500);

    private final Runtime runtime = Runtime.getRuntime();
    private final ExitLine line = new ExitLine();
    private final FileOutputStream out = new FileOutputStream(FileDescriptor.out);
    private final Thread writer = Thread.ofPlatform().name("exit").daemon().unstarted(this::run);
    private final AtomicBoolean ending = new AtomicBoolean();
    private String what = "";
    private String thread = "";
    private volatile @Nullable Throwable cause;

    void start() {
        // loads the classes that the end needs
        describe(new ExitLine(), what, thread, new OutOfMemoryError());
        writer.start();
    }

    /** Ends the process without the line, because not even the class for it could be loaded. */
    void halt() {
        runtime.halt(EXIT_CODE);
    }

    /** Ends the process; never returns. Any thread. */
    void end(String why, Throwable thrown) {
        try {
            long start = System.nanoTime();
            if (ending.compareAndSet(false, true)) {
                what = why;
                thread = Thread.currentThread().getName();
                cause = thrown;
                LockSupport.unpark(writer);
            }
            while (System.nanoTime() - start < LONGEST_WAIT) {
                Thread.onSpinWait(); // a virtual thread needs memory to park
            }
        } finally {
            runtime.halt(EXIT_CODE);
        }
    }

    private void run() {
        Throwable fatal = cause;
        while (fatal == null) {
            LockSupport.park(this);
            fatal = cause;
        }
        try {
            describe(line, what, thread, fatal).writeTo(out);
        } catch (IOException e) {
            // standard output is closed
        } finally {
            runtime.halt(EXIT_CODE);
        }
    }

    /** Appends the text of the line, without a line feed. */
    static ExitLine describe(ExitLine line, String what, String thread, Throwable fatal) {
        line.append("switchboard ends with exit code 3 because of ")
                .append(what)
                .append(" in thread ")
                .append(thread.isEmpty() ? "(unnamed)" : thread)
                .append(": ")
                .append(fatal.getClass().getName());
        String message = fatal.getMessage();
        if (message != null) {
            line.append(": ").append(message);
        }
        return fatal instanceof VirtualMachineError ? line : line.append(place(fatal));
    }

    /** Returns where an exception was thrown. Needs memory; null if there is none. */
    private static @Nullable String place(Throwable thrown) {
        try {
            StackTraceElement[] trace = thrown.getStackTrace();
            return trace.length == 0 ? null : " at " + trace[0];
        } catch (OutOfMemoryError e) {
            return null;
        }
    }
}
