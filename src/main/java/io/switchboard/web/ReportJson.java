package io.switchboard.web;

import io.switchboard.delivery.DeliveryReport;
import io.switchboard.delivery.Outcome;
import io.switchboard.delivery.Results;
import io.switchboard.inbound.Utf8;
import java.io.ByteArrayOutputStream;
import java.util.Optional;
import org.springframework.stereotype.Component;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Spells a delivery report, token by token. */
@Component
final class ReportJson {
    private static final int USUAL_SIZE = 256;

    private final ObjectWriter document;
    private final ObjectWriter oneLine;

    ReportJson(JsonMapper mapper) {
        this.document = mapper.writer();
        this.oneLine = mapper.writer().without(SerializationFeature.INDENT_OUTPUT);
    }

    /**
     * A document of its own.
     *
     * @param results which targets to list of those that the report knows
     */
    byte[] bytes(DeliveryReport report, Results results) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(USUAL_SIZE);
        try (JsonGenerator out = document.createGenerator(bytes)) {
            out.writeStartObject();
            write(out, report, results);
            out.writeEndObject();
        }
        return bytes.toByteArray();
    }

    /** The result of one line of a batch, with a line end. */
    byte[] line(long number, Sender.Answer answer) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(USUAL_SIZE);
        try (JsonGenerator out = oneLine.createGenerator(bytes)) {
            out.writeStartObject();
            out.writeNumberProperty("line", number);
            out.writeNumberProperty("status", answer.status().value());
            write(out, answer.report(), answer.results());
            out.writeEndObject();
        }
        bytes.write('\n');
        return bytes.toByteArray();
    }

    /** The same for a line that was refused. */
    byte[] line(long number, ApiProblem problem) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(USUAL_SIZE);
        try (JsonGenerator out = oneLine.createGenerator(bytes)) {
            out.writeStartObject();
            out.writeNumberProperty("line", number);
            out.writeNumberProperty("status", problem.getStatusCode().value());
            out.writeStringProperty("reason", problem.reason());
            out.writeStringProperty("detail", problem.getBody().getDetail());
            out.writeEndObject();
        }
        bytes.write('\n');
        return bytes.toByteArray();
    }

    private static void write(JsonGenerator out, DeliveryReport report, Results results) {
        out.writeStringProperty("id", report.id());
        out.writeNumberProperty("matched", report.matched());
        out.writeNumberProperty("queued", report.queued());
        out.writeNumberProperty("written", report.written());
        out.writeNumberProperty("acked", report.acked());
        out.writeNumberProperty("replied", report.replied());
        out.writeNumberProperty("failed", report.failed());
        if (report.partial()) {
            out.writeBooleanProperty("partial", true);
            out.writeArrayPropertyStart("missing");
            report.missing().forEach(out::writeString);
            out.writeEndArray();
        }
        out.writeArrayPropertyStart("results");
        for (DeliveryReport.Result result : report.results()) {
            if (results.lists(result.outcome())) {
                write(out, result);
            }
        }
        out.writeEndArray();
    }

    private static void write(JsonGenerator out, DeliveryReport.Result result) {
        out.writeStartObject();
        out.writeStringProperty("peer", result.peer());
        switch (result.outcome()) {
            case Outcome.Queued _ -> out.writeStringProperty("status", "queued");
            case Outcome.Written(int written) -> {
                out.writeStringProperty("status", "written");
                out.writeNumberProperty("bytes", written);
            }
            case Outcome.Acked(int acked) -> {
                out.writeStringProperty("status", "acked");
                out.writeNumberProperty("bytes", acked);
            }
            case Outcome.Replied(int bytes, byte[] reply) -> {
                out.writeStringProperty("status", "replied");
                out.writeNumberProperty("bytes", bytes);
                Optional<String> text = Utf8.decode(reply);
                if (text.isPresent()) {
                    out.writeStringProperty("reply", text.get());
                } else {
                    out.writeName("replyBase64");
                    out.writeBinary(reply);
                }
            }
            case Outcome.Failed(boolean _, String reason) -> {
                out.writeStringProperty("status", "failed");
                out.writeStringProperty("reason", reason);
            }
        }
        out.writeEndObject();
    }
}
