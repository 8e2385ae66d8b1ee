package io.switchboard.web;

import io.switchboard.delivery.DeliveryReport;
import io.switchboard.delivery.FailureReason;
import io.switchboard.delivery.Outcome;
import io.switchboard.delivery.SendResult.Reported;
import io.switchboard.inbound.Utf8;
import java.io.ByteArrayOutputStream;
import java.util.Optional;
import java.util.function.Consumer;
import org.springframework.stereotype.Component;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Renders delivery reports as JSON, token by token: this is the hot path. */
@Component
final class ReportJson {
    private static final int USUAL_SIZE = 256;

    private final ObjectWriter document;
    private final ObjectWriter oneLine;

    ReportJson(JsonMapper mapper) {
        this.document = mapper.writer();
        this.oneLine = mapper.writer().without(SerializationFeature.INDENT_OUTPUT);
    }

    /** Returns the report as a document. */
    byte[] bytes(Reported reported) {
        return render(document, out -> write(out, reported)).toByteArray();
    }

    /** Returns the result of one line of a batch, with a line end. */
    byte[] line(long number, Reported reported) {
        int status = SendStatus.of(reported.progress()).value();
        return line(number, status, out -> write(out, reported));
    }

    /** Returns the result of a line that was not sent, or failed at its only target. */
    byte[] line(long number, ApiProblem problem) {
        return line(
                number,
                problem.getStatusCode().value(),
                out -> {
                    out.writeStringProperty("reason", problem.reason());
                    out.writeStringProperty("detail", problem.getBody().getDetail());
                });
    }

    private byte[] line(long number, int status, Consumer<JsonGenerator> fields) {
        Consumer<JsonGenerator> numbers =
                out -> {
                    out.writeNumberProperty("line", number);
                    out.writeNumberProperty("status", status);
                };
        ByteArrayOutputStream bytes = render(oneLine, numbers.andThen(fields));
        bytes.write('\n');
        return bytes.toByteArray();
    }

    private static ByteArrayOutputStream render(
            ObjectWriter writer, Consumer<JsonGenerator> fields) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(USUAL_SIZE);
        try (JsonGenerator out = writer.createGenerator(bytes)) {
            out.writeStartObject();
            fields.accept(out);
            out.writeEndObject();
        }
        return bytes;
    }

    private static void write(JsonGenerator out, Reported reported) {
        DeliveryReport report = reported.report();
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
            if (reported.results().lists(result.outcome())) {
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
            case Outcome.Written(int written) -> write(out, "written", written);
            case Outcome.Acked(int acked) -> write(out, "acked", acked);
            case Outcome.Replied(int bytes, byte[] reply) -> {
                write(out, "replied", bytes);
                Optional<String> text = Utf8.decode(reply);
                if (text.isPresent()) {
                    out.writeStringProperty("reply", text.get());
                } else {
                    out.writeName("replyBase64");
                    out.writeBinary(reply);
                }
            }
            case Outcome.Failed(boolean _, FailureReason reason) -> {
                out.writeStringProperty("status", "failed");
                out.writeStringProperty("reason", reason.word());
            }
        }
        out.writeEndObject();
    }

    private static void write(JsonGenerator out, String status, int bytes) {
        out.writeStringProperty("status", status);
        out.writeNumberProperty("bytes", bytes);
    }
}
