package io.switchboard.log;

import ch.qos.logback.classic.spi.IThrowableProxy;
import org.springframework.boot.logging.logback.ExtendedWhitespaceThrowableProxyConverter;

/**
 * {@code %wEx} as Boot has it, and {@link PrintableThrowable}: each line of a stack trace begins
 * like one.
 */
public final class PrintableException extends ExtendedWhitespaceThrowableProxyConverter {

    @Override
    protected String throwableProxyToString(IThrowableProxy thrown) {
        return super.throwableProxyToString(new PrintableThrowable(thrown));
    }
}
