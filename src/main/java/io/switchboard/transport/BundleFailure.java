package io.switchboard.transport;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** The bundle that a listener names cannot serve it. */
public final class BundleFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String action;

    /** The key names the bundle; the action says what would be right. */
    public BundleFailure(
            String key, String bundle, String problem, String action, @Nullable Exception cause) {
        super(key + "=" + bundle + ": " + problem, cause);
        this.action = action;
    }

    /** Says which key names the bundle that cannot serve, and what to do about it. */
    static final class Analyzer extends AbstractFailureAnalyzer<BundleFailure> {
        @Override
        protected FailureAnalysis analyze(Throwable rootFailure, BundleFailure failure) {
            return new FailureAnalysis(failure.getMessage(), failure.action, failure);
        }
    }
}
