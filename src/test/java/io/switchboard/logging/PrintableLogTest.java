package io.switchboard.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.pattern.ClassicConverter;
import ch.qos.logback.classic.spi.LoggingEvent;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PrintableLogTest {
    private static final String EVIL =
            "x\r\n2026-01-01T00:00:00Z  INFO\u001b[2J\u202e\u009b\u2028\0";
    private static final String ESCAPED =
            "x\\u{d}\\u{a}2026-01-01T00:00:00Z  INFO\\u{1b}[2J\\u{202e}\\u{9b}\\u{2028}\\u{0}";

    private final LoggerContext context = new LoggerContext();

    @Test
    void aMessageIsPrintedOnOneLine() {
        assertThat(message("io.switchboard.Peer", "peer {} left", EVIL))
                .isEqualTo("peer " + ESCAPED + " left");
    }

    @Test
    void aPrintableMessageIsUnchanged() {
        String clean = "listener default: h\u00e9 \u6f22";
        assertThat(message("io.switchboard.Peer", clean)).isEqualTo(clean);
    }

    @Test
    void aMessageMayBeNull() {
        assertThat(message("io.switchboard.Peer", null)).isEqualTo("null");
    }

    /** Spring Boot's report of a failed start has several lines. */
    @Test
    void theReportOfAFailedStartKeepsItsLines() {
        assertThat(
                        message(
                                "org.springframework.boot.diagnostics.LoggingFailureAnalysisReporter",
                                "\n\nAPPLICATION FAILED\n\u001b[2J\n"))
                .isEqualTo("\n\nAPPLICATION FAILED\n\\u{1b}[2J\n");
    }

    @Test
    void messagesAddNoLinesToAStackTrace() {
        Exception thrown = new IllegalStateException(EVIL, new IllegalArgumentException(EVIL));
        thrown.addSuppressed(new IllegalArgumentException(EVIL));
        assertThat(stackTrace(thrown))
                .contains("java.lang.IllegalStateException: " + ESCAPED)
                .contains("Caused by: java.lang.IllegalArgumentException: " + ESCAPED)
                .contains("Suppressed: java.lang.IllegalArgumentException: " + ESCAPED)
                .doesNotContain("\u001b", "\u202e", "\u009b", "\u2028", "\0", "\r")
                .satisfies(
                        trace ->
                                assertThat(trace.lines().filter(line -> !line.isEmpty()))
                                        .allMatch(PrintableLogTest::isStackTraceLine));
    }

    @Test
    void anExceptionWithoutAMessageIsPrintedAsUsual() {
        assertThat(stackTrace(new IllegalStateException()))
                .startsWith("\njava.lang.IllegalStateException\n\tat ");
    }

    @Test
    void aCircularCauseIsPrintedOnce() {
        Exception cause = new IllegalStateException("cause");
        Exception thrown = new IllegalStateException(EVIL, cause);
        cause.initCause(thrown);
        assertThat(stackTrace(thrown)).contains("CIRCULAR REFERENCE").contains(ESCAPED);
    }

    private static boolean isStackTraceLine(String line) {
        return line.matches("\t+(at |\\.\\.\\. \\d+ common frames|Suppressed: ).*")
                || line.matches("(Caused by: )?java\\.lang\\.Illegal\\w+Exception: .*");
    }

    private String message(String logger, @Nullable String message, Object... arguments) {
        return convert(
                new PrintableMessage(), event(context.getLogger(logger), message, null, arguments));
    }

    private String stackTrace(Throwable thrown) {
        return convert(new PrintableException(), event(context.getLogger("x"), "failed", thrown));
    }

    private static LoggingEvent event(
            Logger logger,
            @Nullable String message,
            @Nullable Throwable thrown,
            Object... arguments) {
        return new LoggingEvent(
                PrintableLogTest.class.getName(), logger, Level.INFO, message, thrown, arguments);
    }

    private String convert(ClassicConverter converter, LoggingEvent event) {
        converter.setContext(context);
        converter.start();
        return converter.convert(event);
    }
}
