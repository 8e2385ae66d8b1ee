package io.switchboard.http.audit;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Records the audit lines of this JVM, from construction until {@link #close}. */
public final class AuditLog extends AppenderBase<ILoggingEvent> implements AutoCloseable {
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final Logger logger;

    public AuditLog() {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        logger = context.getLogger("switchboard.audit");
        setContext(context);
        start();
        logger.addAppender(this);
        logger.setLevel(Level.INFO);
        logger.setAdditive(false);
    }

    @Override
    protected void append(ILoggingEvent event) {
        lines.add(event.getFormattedMessage());
    }

    public List<String> lines() {
        return lines;
    }

    /** Returns the only line, as JSON, and forgets it. */
    public JsonNode only() {
        if (lines.size() != 1) {
            throw new AssertionError("one line is expected: " + lines);
        }
        return JsonMapper.shared().readTree(lines.removeFirst());
    }

    @Override
    public void close() {
        logger.setLevel(Level.OFF);
        logger.setAdditive(true);
        logger.detachAppender(this);
        stop();
    }
}
