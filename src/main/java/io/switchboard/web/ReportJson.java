package io.switchboard.web;

import io.switchboard.delivery.DeliveryReport;
import io.switchboard.delivery.Outcome;
import io.switchboard.delivery.Results;
import java.io.ByteArrayOutputStream;
import org.springframework.stereotype.Component;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.json.JsonMapper;

/** Spells a delivery report, token by token. */
@Component
final class ReportJson {
    private static final int USUAL_SIZE = 256;

    private final ObjectWriter writer;

    ReportJson(JsonMapper mapper) {
        this.writer = mapper.writer();
    }

    /**
     * @param results which targets to list of those that the report knows
     */
    byte[] bytes(DeliveryReport report, Results results) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(USUAL_SIZE);
        try (JsonGenerator out = writer.createGenerator(bytes)) {
            out.writeStartObject();
            out.writeStringProperty("id", report.id());
            out.writeNumberProperty("matched", report.matched());
            out.writeNumberProperty("queued", report.queued());
            out.writeNumberProperty("written", report.written());
            out.writeNumberProperty("acked", 0);
            out.writeNumberProperty("replied", 0);
            out.writeNumberProperty("failed", report.failed());
            out.writeArrayPropertyStart("results");
            for (DeliveryReport.Result result : report.results()) {
                if (results.lists(result.outcome())) {
                    write(out, result);
                }
            }
            out.writeEndArray();
            out.writeEndObject();
        }
        return bytes.toByteArray();
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
            case Outcome.Failed(boolean _, String reason) -> {
                out.writeStringProperty("status", "failed");
                out.writeStringProperty("reason", reason);
            }
        }
        out.writeEndObject();
    }
}
