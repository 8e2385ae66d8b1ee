package io.switchboard.fatal;

import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Ends the process with one line and exit code 3 after an error that it cannot survive: a {@link
 * VirtualMachineError} such as OutOfMemoryError, or the end of a thread without which the service
 * is useless. A supervisor restarts a process that has ended, but not one that serves no client.
 *
 * <p>Thread-safe. Without {@link #install}, nothing ends the process, because tests run services in
 * their own JVM.
 */
public final class FatalErrors {
    /** A bound for a chain of causes, which may be a cycle. */
    private static final int MAX_CAUSES = 20;

    private static volatile @Nullable ProcessExit exit;

    private FatalErrors() {}

    /**
     * Enables this class for the process, and makes it the handler of exceptions that end a thread.
     * Called once, at the start.
     */
    public static void install() {
        ProcessExit installed = new ProcessExit();
        installed.start();
        // loads the classes that the first check needs, which may find no memory for them
        fatal(new IllegalStateException(new OutOfMemoryError()));
        fatal(new StackOverflowError());
        exit = installed;
        Thread.setDefaultUncaughtExceptionHandler(
                (ended, thrown) -> {
                    try {
                        check(thrown);
                        LoggerFactory.getLogger(FatalErrors.class)
                                .error("thread {} has ended after an exception", ended, thrown);
                    } catch (VirtualMachineError e) {
                        installed.halt();
                    }
                });
    }

    /**
     * Ends the process if this is a {@link VirtualMachineError} or was caused by one. A
     * StackOverflowError is not fatal: it concerns only the call that was too deep. Call this where
     * an Error is caught and the thread then continues.
     */
    public static void check(Throwable thrown) {
        VirtualMachineError fatal = fatal(thrown);
        if (fatal != null) {
            end("an error", fatal);
        }
    }

    /** Returns the fatal error among this exception and its causes; null if there is none. */
    static @Nullable VirtualMachineError fatal(Throwable thrown) {
        Throwable each = thrown;
        for (int depth = 0; each != null && depth < MAX_CAUSES; depth++) {
            if (each instanceof VirtualMachineError error
                    && !(each instanceof StackOverflowError)) {
                return error;
            }
            each = each.getCause();
        }
        return null;
    }

    /**
     * Runs the body of a thread without which the service is useless. If the body ends for any
     * reason before the thread was stopped, the process ends.
     */
    public static void runEssential(Runnable body, BooleanSupplier stopped) {
        try {
            body.run();
        } catch (RuntimeException | Error e) {
            check(e);
            if (!stopped.getAsBoolean()) {
                end("the end of an essential thread", e);
            }
            throw e;
        }
        if (!stopped.getAsBoolean()) {
            end("the end of an essential thread", new IllegalStateException("nobody stopped it"));
        }
    }

    private static void end(String what, Throwable thrown) {
        ProcessExit installed = exit;
        if (installed != null) {
            installed.end(what, thrown);
        }
    }
}
