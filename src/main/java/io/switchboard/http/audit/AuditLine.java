package io.switchboard.http.audit;

import java.io.StringWriter;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonWriteFeature;

/**
 * One change and its outcome. {@link #write} logs it as a line of JSON in ASCII, in which every
 * character that could end the line or control a terminal is escaped. A line has no payload and no
 * token.
 *
 * @param who the name of the client, {@link #ANONYMOUS} if it is not known; {@code bridge:NAME} for
 *     a send that a bridge has taken from its broker
 * @param from the client's address, as access control takes it; of a bridge, the id of the record
 * @param what the method and the path, with placeholders such as {@code {peer}}
 * @param targets the peers, groups, listeners or addresses concerned, as the request names them
 * @param status the status of the response
 * @param reason the reason in the response; null if it has none
 * @param deliveries the ids of the messages
 */
public record AuditLine(
        String who,
        String from,
        String what,
        List<String> targets,
        int status,
        @Nullable String reason,
        List<String> deliveries) {
    static final String ANONYMOUS = "anonymous";

    private static final Logger log = LoggerFactory.getLogger("switchboard.audit");
    private static final JsonFactory JSON =
            JsonFactory.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

    /** The maximum length of a value; the path of a request is bounded by its headers only. */
    private static final int MAX_LENGTH = 256;

    /** The number of targets, and of deliveries, that a line has at most. */
    private static final int MAX_LISTED = 20;

    /** Returns whether audit lines are written. Costs a few nanoseconds. */
    public static boolean enabled() {
        return log.isInfoEnabled();
    }

    void write() {
        log.info("{}", json(Instant.now()));
    }

    String json(Instant at) {
        StringWriter text = new StringWriter(256);
        try (JsonGenerator out = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
            out.writeStartObject();
            out.writeStringProperty("at", at.toString());
            write(out, "who", who);
            write(out, "from", from);
            write(out, "what", what);
            write(out, "targets", targets);
            out.writeNumberProperty("status", status);
            if (reason != null) {
                write(out, "reason", reason);
            }
            if (deliveries.size() == 1) {
                write(out, "delivery", deliveries.getFirst());
            } else if (!deliveries.isEmpty()) {
                write(out, "deliveries", deliveries);
            }
            out.writeEndObject();
        }
        return text.toString().replace("\u007f", "\\u007f"); // the one that Jackson leaves
    }

    private static void write(JsonGenerator out, String name, String value) {
        out.writeStringProperty(name, bounded(value));
    }

    private static void write(JsonGenerator out, String name, List<String> values) {
        out.writeName(name);
        out.writeStartArray();
        values.stream().limit(MAX_LISTED).forEach(each -> out.writeString(bounded(each)));
        out.writeEndArray();
        if (values.size() > MAX_LISTED) {
            out.writeNumberProperty(name + "Omitted", values.size() - MAX_LISTED);
        }
    }

    private static String bounded(String value) {
        return value.length() <= MAX_LENGTH ? value : value.substring(0, MAX_LENGTH) + "...";
    }
}
