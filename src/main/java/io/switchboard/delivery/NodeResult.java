package io.switchboard.delivery;

import com.fasterxml.jackson.annotation.JsonTypeInfo;

/**
 * The result of a message at one node: the report on its targets there, or why the node rejected
 * the message. Of another kind, which a later release may answer, {@code detail} is read and the
 * message counts as rejected.
 */
@JsonTypeInfo(
        use = JsonTypeInfo.Id.NAME,
        property = "kind",
        defaultImpl = SendResult.Rejected.class)
sealed interface NodeResult extends IdempotencyStore.Result
        permits DeliveryReport, SendResult.Rejected {}
