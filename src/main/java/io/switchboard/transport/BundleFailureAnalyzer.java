package io.switchboard.transport;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Says which key names the bundle that cannot serve, and what to do about it. */
final class BundleFailureAnalyzer extends AbstractFailureAnalyzer<BundleFailure> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, BundleFailure failure) {
        return new FailureAnalysis(failure.getMessage(), failure.action(), failure);
    }
}
