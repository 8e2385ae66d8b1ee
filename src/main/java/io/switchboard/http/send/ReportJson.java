package io.switchboard.http.send;

import io.switchboard.delivery.DeliveryReport;
import io.switchboard.delivery.FailureReason;
import io.switchboard.delivery.Outcome;
import io.switchboard.delivery.SendResult.Reported;
import io.switchboard.http.problem.ApiProblem;
import io.switchboard.mailbox.MailboxResult;
import io.switchboard.net.Texts;
import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Renders delivery reports as JSON. It writes token by token, without data binding, because this is
 * the hot path. Thread-safe.
 */
@Component
public final class ReportJson {
    private static final int INITIAL_SIZE = 256;

    private final ObjectWriter document;
    private final ObjectWriter oneLine;

    public ReportJson(JsonMapper mapper) {
        this.document = mapper.writer();
        this.oneLine = mapper.writer().without(SerializationFeature.INDENT_OUTPUT);
    }

    /**
     * Returns the report as a JSON document: the body of the answer to one message.
     *
     * @param hint what the sender may have meant; null for none
     */
    byte[] bytes(Reported reported, @Nullable String hint) {
        return render(document, out -> write(out, reported, hint)).toByteArray();
    }

    /** Returns the report on one line of a batch as one line of JSON, including the line feed. */
    public byte[] line(long number, Reported reported, @Nullable String hint) {
        int status = SendStatus.of(reported.progress()).value();
        return line(number, status, out -> write(out, reported, hint));
    }

    /**
     * Returns the error of one line of a batch as one line of JSON: the message was rejected, or
     * failed at its only target.
     */
    public byte[] line(long number, ApiProblem problem) {
        return line(number, problem.getStatusCode().value(), out -> write(out, problem));
    }

    private static void write(JsonGenerator out, ApiProblem problem) {
        out.writeStringProperty("reason", problem.reason());
        out.writeStringProperty("detail", problem.getBody().getDetail());
        problem.error()
                .ifPresent(
                        error -> {
                            out.writeNumberProperty("errno", error.errno());
                            out.writeStringProperty("code", error.code());
                        });
    }

    /** Returns the report of a broker's record as one line of JSON, without a line feed. */
    byte[] record(String record, Reported reported, @Nullable String hint) {
        int status = SendStatus.of(reported.progress()).value();
        return record(record, status, out -> write(out, reported, hint));
    }

    /** Returns the report on stored messages of a broker's record. */
    byte[] record(String record, MailboxResult.Reported reported) {
        return record(record, SendStatus.of(reported).value(), out -> write(out, reported));
    }

    /** Returns the error of a broker's record. */
    byte[] record(String record, ApiProblem problem) {
        return record(record, problem.getStatusCode().value(), out -> write(out, problem));
    }

    private byte[] record(String record, int status, Consumer<JsonGenerator> fields) {
        Consumer<JsonGenerator> head =
                out -> {
                    out.writeStringProperty("record", record);
                    out.writeNumberProperty("status", status);
                };
        return render(oneLine, head.andThen(fields)).toByteArray();
    }

    /** Returns the report on stored messages as a JSON document. */
    byte[] bytes(MailboxResult.Reported reported) {
        return render(document, out -> write(out, reported)).toByteArray();
    }

    /** Returns the report on stored messages on one line of a batch. */
    byte[] line(long number, MailboxResult.Reported reported) {
        return line(number, SendStatus.of(reported).value(), out -> write(out, reported));
    }

    private static void write(JsonGenerator out, MailboxResult.Reported reported) {
        out.writeStringProperty("id", reported.entries().getFirst().id());
        out.writeNumberProperty("matched", reported.entries().size());
        for (String status : List.of("queued", "written", "acked")) {
            out.writeNumberProperty(status, reported.count(status));
        }
        out.writeNumberProperty("replied", 0);
        out.writeNumberProperty("failed", reported.failed());
        out.writeNumberProperty("stored", reported.count("stored"));
        out.writeStringProperty("expiresAt", reported.expiresAt().toString());
        out.writeArrayPropertyStart("results");
        for (MailboxResult.Entry each : reported.entries()) {
            out.writeStartObject();
            out.writeStringProperty("peer", each.name());
            out.writeStringProperty("id", each.id());
            out.writeStringProperty("status", each.status());
            out.writeBooleanProperty("known", each.known());
            out.writeEndObject();
        }
        out.writeEndArray();
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
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(INITIAL_SIZE);
        try (JsonGenerator out = writer.createGenerator(bytes)) {
            out.writeStartObject();
            fields.accept(out);
            out.writeEndObject();
        }
        return bytes;
    }

    private static void write(JsonGenerator out, Reported reported, @Nullable String hint) {
        DeliveryReport report = reported.report();
        out.writeStringProperty("id", report.id());
        out.writeNumberProperty("matched", report.matched());
        out.writeNumberProperty("queued", report.queued());
        out.writeNumberProperty("written", report.written());
        out.writeNumberProperty("acked", report.acked());
        out.writeNumberProperty("replied", report.replied());
        out.writeNumberProperty("failed", report.failed());
        if (hint != null) {
            out.writeStringProperty("hint", hint);
        }
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
            case Outcome.Replied(int bytes, byte[] reply, boolean incomplete, String charset) -> {
                write(out, "replied", bytes);
                Optional<String> text = Texts.decode(reply, Texts.charset(charset));
                if (text.isPresent()) {
                    out.writeStringProperty("reply", text.get());
                } else {
                    out.writeName("replyBase64");
                    out.writeBinary(reply);
                }
                if (incomplete) {
                    out.writeBooleanProperty("complete", false);
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
