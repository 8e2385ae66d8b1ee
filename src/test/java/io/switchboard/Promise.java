package io.switchboard;

import org.jspecify.annotations.Nullable;
import org.slf4j.helpers.MessageFormatter;

/** What has to hold for every input; cheaper than an assertion that describes itself. */
public final class Promise {
    private Promise() {}

    /**
     * Goes on where it is kept.
     *
     * @param broken says what is so instead, with <code>{}</code> for each of the facts
     */
    public static void demand(boolean kept, String broken, @Nullable Object... facts) {
        if (!kept) {
            throw new AssertionError(MessageFormatter.basicArrayFormat(broken, facts));
        }
    }
}
