package io.switchboard.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import io.switchboard.fatal.FatalErrors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;

/**
 * Ends the process when anybody logs a fatal error. Libraries that survive an OutOfMemoryError log
 * it: Tomcat's connection handler, Spring's task scheduler, Netty. Logback calls this filter before
 * it creates a log event, which would need memory.
 *
 * <p>Thread-safe, as Logback requires.
 */
public final class FatalErrorFilter extends TurboFilter {

    @Override
    public FilterReply decide(
            @Nullable Marker marker,
            Logger logger,
            Level level,
            @Nullable String format,
            Object @Nullable [] arguments,
            @Nullable Throwable thrown) {
        if (thrown != null) {
            FatalErrors.check(thrown);
        } else if (arguments != null
                && arguments.length > 0
                && arguments[arguments.length - 1] instanceof Throwable last) {
            FatalErrors.check(last);
        }
        return FilterReply.NEUTRAL;
    }
}
