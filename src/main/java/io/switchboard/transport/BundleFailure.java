package io.switchboard.transport;

import org.jspecify.annotations.Nullable;

/** The bundle that a listener names cannot serve it. */
public final class BundleFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String action;

    /**
     * @param key that names the bundle
     * @param action what would be right
     */
    public BundleFailure(
            String key, String bundle, String problem, String action, @Nullable Exception cause) {
        super(key + "=" + bundle + ": " + problem, cause);
        this.action = action;
    }

    String action() {
        return action;
    }
}
