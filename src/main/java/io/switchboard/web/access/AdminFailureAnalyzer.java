package io.switchboard.web.access;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Says which key is wrong and what would be right. */
final class AdminFailureAnalyzer extends AbstractFailureAnalyzer<AdminFailure> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, AdminFailure failure) {
        return new FailureAnalysis(String.valueOf(failure.getMessage()), failure.action(), failure);
    }
}
