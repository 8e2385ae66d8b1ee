package io.switchboard.delivery;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.switchboard.tracing.SpanDetails;
import org.jspecify.annotations.Nullable;

/**
 * The result of a message at one node: the report on its targets there, or the reason for which the
 * node rejected the message. A kind that only a later release knows is read as a rejection with the
 * answer's {@code detail}.
 */
@JsonTypeInfo(
        use = JsonTypeInfo.Id.NAME,
        property = "kind",
        defaultImpl = SendResult.Rejected.class)
sealed interface NodeResult extends IdempotencyStore.Result
        permits DeliveryReport, SendResult.Rejected {

    /**
     * Describes this result in a span, and returns it.
     *
     * @param span null if there is none
     */
    default NodeResult describedIn(@Nullable SpanDetails span) {
        if (span != null && span.recorded()) {
            switch (this) {
                case DeliveryReport report -> {
                    span.set("switchboard.delivery", report.id());
                    span.set("switchboard.matched", report.matched());
                    span.set("switchboard.queued", report.queued());
                    span.set("switchboard.written", report.written());
                    span.set("switchboard.acked", report.acked());
                    span.set("switchboard.replied", report.replied());
                    span.set("switchboard.failed", report.failed());
                }
                case SendResult.Rejected rejected ->
                        span.set("switchboard.rejected", rejected.reason().word());
            }
        }
        return this;
    }
}
