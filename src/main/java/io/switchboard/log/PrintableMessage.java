package io.switchboard.log;

import ch.qos.logback.classic.pattern.MessageConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import io.switchboard.peer.Printable;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * {@code %m}: a message that is {@link Printable}, so that nobody outside can begin a line of the
 * log or drive the terminal that shows it. One that has nothing to spell is passed on as it is.
 *
 * <p>Thread-safe, as Logback asks; never fails, whatever the message.
 */
public final class PrintableMessage extends MessageConverter {
    /** Boot's reports for people, of many lines: they tell of the configuration, and of no peer. */
    private static final Set<String> REPORTS =
            Set.of(
                    "org.springframework.boot.diagnostics.LoggingFailureAnalysisReporter",
                    "org.springframework.boot.autoconfigure.logging.ConditionEvaluationReportLogger");

    @Override
    public String convert(ILoggingEvent event) {
        // null where somebody logs null
        String message = String.valueOf(super.convert(event));
        return REPORTS.contains(event.getLoggerName())
                ? Arrays.stream(message.split("\n", -1))
                        .map(Printable::of)
                        .collect(Collectors.joining("\n"))
                : Printable.of(message);
    }
}
