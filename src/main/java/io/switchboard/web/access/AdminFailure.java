package io.switchboard.web.access;

import org.jspecify.annotations.Nullable;

/** A setting of who may use HTTP that cannot be meant; its text never has a token in it. */
final class AdminFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String action;

    /**
     * @param wrong the key, with its value unless that is a token, and what is wrong with it
     * @param action what would be right
     */
    AdminFailure(String wrong, String action, @Nullable Throwable cause) {
        super(wrong, cause);
        this.action = action;
    }

    String action() {
        return action;
    }
}
