package io.switchboard.peer;

/** What is counted for each listener; every constant is a meter. */
public enum Count {
    ACCEPTED("accepted.connections", "connections", "Connections that became peers"),
    TURNED_AWAY("refused.connections", "connections", "Connections refused at a limit"),
    PROBES("probe.connections", "connections", "Connections that left without a byte either way"),
    ACCEPT_ERRORS("accept.errors", "errors", "Failures of accept(2), such as EMFILE"),
    FAILED_HANDSHAKES(
            "failed.handshakes", "handshakes", "Connections that left, or were closed, as no peer"),
    OVERSIZED_DATAGRAMS(
            "oversized.datagrams",
            "datagrams",
            "Datagrams longer than max-frame, which were dropped"),
    UNREAD_DATAGRAMS(
            "unread.datagrams",
            "datagrams",
            "Datagrams of peers that were not read then, which were dropped"),
    RECEIVED_MESSAGES("received.messages", "messages", "Frames received"),
    RECEIVED_BYTES("received.bytes", "bytes", "Bytes received, framing included"),
    SENT_MESSAGES("sent.messages", "messages", "Frames of which the kernel took every byte"),
    SENT_BYTES("sent.bytes", "bytes", "Bytes that the kernel took, framing included"),
    ANSWERED_MESSAGES("answered.messages", "messages", "Questions that peers answered in time"),
    UNANSWERED_MESSAGES("unanswered.messages", "messages", "Questions that they did not"),
    REFUSED_MESSAGES("refused.messages", "messages", "Frames that an outbox did not take"),
    FAILED_MESSAGES("failed.messages", "messages", "Frames that waited when their session ended");

    private final String meter;
    private final String unit;
    private final String description;

    Count(String meter, String unit, String description) {
        this.meter = "switchboard." + meter;
        this.unit = unit;
        this.description = description;
    }

    String meter() {
        return meter;
    }

    String unit() {
        return unit;
    }

    String description() {
        return description;
    }
}
