package io.switchboard;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Says which key is unknown and which one was probably meant. */
final class UnknownKeyAnalyzer extends AbstractFailureAnalyzer<UnknownKeyException> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, UnknownKeyException failure) {
        return new FailureAnalysis(
                "Nothing reads the key " + failure.key() + ".",
                "Did you mean " + failure.nearest() + "? Correct the key, or remove it.",
                failure);
    }
}
