package io.switchboard.testkit;

import org.jspecify.annotations.Nullable;
import org.slf4j.helpers.MessageFormatter;

/** A cheap assertion for fuzz targets: it formats its message only if it fails. */
public final class Promise {
    private Promise() {}

    /**
     * Throws an AssertionError if {@code kept} is false.
     *
     * @param broken the message, with <code>{}</code> for each of the facts
     */
    public static void demand(boolean kept, String broken, @Nullable Object... facts) {
        if (!kept) {
            throw new AssertionError(MessageFormatter.basicArrayFormat(broken, facts));
        }
    }
}
