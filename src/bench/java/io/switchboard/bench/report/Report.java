package io.switchboard.bench.report;

import io.switchboard.bench.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import tools.jackson.databind.json.JsonMapper;

/** Writes the results to {@code results.json}, {@code table.txt} and {@code chart.svg}. */
public final class Report {
    private final Settings settings;
    private final Machine machine;
    private final Results results;

    public Report(Settings settings, Machine machine, Results results) {
        this.settings = settings;
        this.machine = machine;
        this.results = results;
    }

    public void write() throws IOException {
        Path output = settings.output();
        String table = Table.of(results) + "\n" + notes();
        Files.writeString(output.resolve("results.json"), pretty(json()) + "\n");
        Files.writeString(output.resolve("table.txt"), table);
        Files.writeString(output.resolve("chart.svg"), Chart.of(results, machine));
        System.out.println();
        System.out.print(table);
        System.out.println("written: results.json, table.txt and chart.svg in " + output);
    }

    private static String pretty(Object value) {
        return JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(value);
    }

    private String notes() {
        StringBuilder notes = new StringBuilder();
        notes.append("medians of %d; %s%n".formatted(settings.rounds(), machine));
        if (settings.quick()) {
            notes.append("a quick run: these figures are not to be quoted\n");
        }
        results.notes().forEach(note -> notes.append(note).append('\n'));
        return notes.toString();
    }

    private Map<String, Object> json() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("machine", machine);
        json.put("quick", settings.quick());
        json.put("rounds", settings.rounds());
        json.put("secondsMeasured", settings.measured().toMillis() / 1e3);
        json.put("secondsOfWarmUp", settings.warmUp().toMillis() / 1e3);
        json.put("secondsOfWarmUpAtFixedRate", settings.warmUpAtRate().toMillis() / 1e3);
        json.put("notes", results.notes());
        json.put("measures", results.measures().stream().map(this::json).toList());
        return json;
    }

    private Map<String, Object> json(Measure measure) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("key", measure.key());
        json.put("title", measure.title());
        json.put("unit", measure.unit());
        json.put("moreIsBetter", measure.moreIsBetter());
        Map<String, Object> medians = new LinkedHashMap<>();
        results.runs(measure)
                .keySet()
                .forEach(
                        contestant ->
                                results.median(measure.key(), contestant)
                                        .ifPresent(median -> medians.put(contestant, median)));
        json.put("medians", medians);
        json.put("runs", results.runs(measure));
        List<Map<String, Object>> targets = new ArrayList<>();
        for (Target target : Targets.of(measure)) {
            OptionalDouble value = target.value(results);
            if (value.isPresent()) {
                targets.add(
                        Map.of(
                                "target", target.text(),
                                "reached", value.getAsDouble(),
                                "met", target.met(value.getAsDouble())));
            }
        }
        json.put("targets", targets);
        return json;
    }
}
