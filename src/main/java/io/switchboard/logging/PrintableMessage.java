package io.switchboard.logging;

import ch.qos.logback.classic.pattern.MessageConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import io.switchboard.net.Printable;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A Logback converter that replaces {@code %m}. It escapes messages with {@link Printable}, so that
 * text from outside can neither start a new log line nor control the terminal that shows the log. A
 * message that contains nothing to escape is not copied.
 *
 * <p>Thread-safe, as Logback requires. It never throws, whatever the message is.
 */
public final class PrintableMessage extends MessageConverter {
    /**
     * The loggers of Spring Boot's multi-line reports. They contain configuration, no data of
     * peers.
     */
    private static final Set<String> REPORTS =
            Set.of(
                    "org.springframework.boot.diagnostics.LoggingFailureAnalysisReporter",
                    "org.springframework.boot.autoconfigure.logging.ConditionEvaluationReportLogger");

    @Override
    public String convert(ILoggingEvent event) {
        // the message is null if null was logged
        String message = String.valueOf(super.convert(event));
        return REPORTS.contains(event.getLoggerName())
                ? Arrays.stream(message.split("\n", -1))
                        .map(Printable::of)
                        .collect(Collectors.joining("\n"))
                : Printable.of(message);
    }
}
