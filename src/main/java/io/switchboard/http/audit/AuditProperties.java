package io.switchboard.http.audit;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * The file of the audit lines. {@code logback-spring.xml} reads the key, because the log exists
 * before the beans.
 *
 * @param file the file to which the audit lines are written; null for none of its own
 */
@ConfigurationProperties("switchboard.audit")
record AuditProperties(@Nullable Path file) {}
