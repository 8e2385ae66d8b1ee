package io.switchboard.bench.report;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * The values of all rounds, and notes about what was not measured, in the order of measurement.
 * Only the main thread uses it.
 */
public final class Results {
    private final Map<String, Measure> measures = new LinkedHashMap<>();
    private final Map<String, Map<String, List<Double>>> runs = new LinkedHashMap<>();
    private final List<String> notes = new ArrayList<>();

    public void add(Measure measure, String contestant, double value) {
        measures.put(measure.key(), measure);
        runs.computeIfAbsent(measure.key(), _ -> new LinkedHashMap<>())
                .computeIfAbsent(contestant, _ -> new ArrayList<>())
                .add(value);
    }

    /**
     * Adds the CPU time of the server per message or delivery. Other load on the machine affects it
     * less than it affects the rate.
     *
     * @param measure the measure whose CPU time this is
     * @param nanos CPU time of the server during the measurement
     * @param count number of messages or deliveries
     */
    public void addCpu(Measure measure, String contestant, long nanos, long count) {
        Measure cpu =
                Measure.less("cpu." + measure.key(), "server CPU: " + measure.title(), "µs each");
        add(cpu, contestant, nanos / 1e3 / count);
    }

    /** Adds a line that is printed below the table, once even if it is added several times. */
    public void note(String text) {
        if (!notes.contains(text)) {
            notes.add(text);
        }
    }

    /** Returns the measures in the order of measurement, CPU times last. */
    List<Measure> measures() {
        return measures.values().stream()
                .sorted(Comparator.comparing(measure -> measure.key().startsWith("cpu.")))
                .toList();
    }

    /** Returns the values of all rounds by contestant. */
    Map<String, List<Double>> runs(Measure measure) {
        return runs.getOrDefault(measure.key(), Map.of());
    }

    List<String> notes() {
        return notes;
    }

    /** Returns the median of all rounds, or empty if the contestant has no value. */
    OptionalDouble median(String key, String contestant) {
        List<Double> values =
                new ArrayList<>(
                        runs.getOrDefault(key, Map.of()).getOrDefault(contestant, List.of()));
        if (values.isEmpty()) {
            return OptionalDouble.empty();
        }
        Collections.sort(values);
        int middle = values.size() / 2;
        return OptionalDouble.of(
                values.size() % 2 == 1
                        ? values.get(middle)
                        : (values.get(middle - 1) + values.get(middle)) / 2);
    }

    /** Returns the first median divided by the second, or empty if one is missing or zero. */
    OptionalDouble ratio(String key, String contestant, String otherKey, String other) {
        OptionalDouble dividend = median(key, contestant);
        OptionalDouble divisor = median(otherKey, other);
        return dividend.isPresent() && divisor.isPresent() && divisor.getAsDouble() != 0
                ? OptionalDouble.of(dividend.getAsDouble() / divisor.getAsDouble())
                : OptionalDouble.empty();
    }
}
