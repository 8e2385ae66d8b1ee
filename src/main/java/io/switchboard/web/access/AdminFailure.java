package io.switchboard.web.access;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** An invalid setting of who may use HTTP, which stops the start. No text contains a token. */
final class AdminFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String action;

    /**
     * @param wrong the key, its value unless it is a token, and the fault
     * @param action the remedy
     */
    AdminFailure(String wrong, String action, @Nullable Throwable cause) {
        super(wrong, cause);
        this.action = action;
    }

    /** Prints the fault and the remedy instead of a stack trace. */
    static final class Analyzer extends AbstractFailureAnalyzer<AdminFailure> {
        @Override
        protected FailureAnalysis analyze(Throwable rootFailure, AdminFailure failure) {
            return new FailureAnalysis(
                    String.valueOf(failure.getMessage()), failure.action, failure);
        }
    }
}
