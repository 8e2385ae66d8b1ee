package io.switchboard.logging;

import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.StackTraceElementProxy;
import io.switchboard.net.Printable;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.logging.logback.ExtendedWhitespaceThrowableProxyConverter;

/**
 * A Logback converter that replaces Spring Boot's {@code %wEx}. It escapes the messages of
 * exceptions with {@link Printable}, so that a message from outside cannot add a line to the stack
 * trace.
 */
public final class PrintableException extends ExtendedWhitespaceThrowableProxyConverter {
    /**
     * Wraps an exception and escapes its message and those of its causes and suppressed exceptions.
     */
    record PrintableThrowable(IThrowableProxy thrown) implements IThrowableProxy {

        @Override
        public @Nullable String getMessage() {
            return printable(thrown.getMessage());
        }

        @Override
        public @Nullable String getOverridingMessage() {
            return printable(thrown.getOverridingMessage());
        }

        private static @Nullable String printable(@Nullable String message) {
            return message == null ? null : Printable.of(message);
        }

        @Override
        public @Nullable IThrowableProxy getCause() {
            IThrowableProxy cause = thrown.getCause();
            return cause == null ? null : new PrintableThrowable(cause);
        }

        @Override
        public IThrowableProxy[] getSuppressed() {
            return Arrays.stream(thrown.getSuppressed())
                    .map(PrintableThrowable::new)
                    .toArray(IThrowableProxy[]::new);
        }

        @Override
        public String getClassName() {
            return thrown.getClassName();
        }

        @Override
        public StackTraceElementProxy[] getStackTraceElementProxyArray() {
            return thrown.getStackTraceElementProxyArray();
        }

        @Override
        public int getCommonFrames() {
            return thrown.getCommonFrames();
        }

        @Override
        public boolean isCyclic() {
            return thrown.isCyclic();
        }
    }

    @Override
    protected String throwableProxyToString(IThrowableProxy thrown) {
        return super.throwableProxyToString(new PrintableThrowable(thrown));
    }
}
