package io.switchboard.http.admin;

import io.switchboard.http.admin.FigureSamples.Sample;
import io.switchboard.peer.DurationText;
import jakarta.validation.constraints.Min;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** {@code GET /figures}: the figures of the service in the last ten minutes, for charts. */
@RestController
public final class FiguresController {

    /** The query of {@code GET /figures}. */
    public record FiguresQuery(
            @Min(value = 0, message = "it takes the seq of a sample, or 0") @Nullable Long after) {}

    /**
     * The answer of {@code GET /figures}.
     *
     * @param interval the time between two samples, in the API's text form
     * @param samples the samples after {@code after}, oldest first
     * @param now the figures of this moment
     */
    record Figures(String interval, List<Sample> samples, Sample now) {}

    private final FigureSamples samples;

    FiguresController(FigureSamples samples) {
        this.samples = samples;
    }

    @GetMapping("/figures")
    Figures figures(FiguresQuery query) {
        return new Figures(
                DurationText.of(FigureSamples.INTERVAL),
                samples.after(Objects.requireNonNullElse(query.after(), 0L)),
                samples.now());
    }
}
