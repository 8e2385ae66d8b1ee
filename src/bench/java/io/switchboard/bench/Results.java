package io.switchboard.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** Every figure of every round, and what could not be measured. In the order of measuring. */
final class Results {
    private final Map<String, Measure> measures = new LinkedHashMap<>();
    private final Map<String, Map<String, List<Double>>> runs = new LinkedHashMap<>();
    private final List<String> notes = new ArrayList<>();

    void add(Measure measure, String contestant, double value) {
        measures.put(measure.key(), measure);
        runs.computeIfAbsent(measure.key(), _ -> new LinkedHashMap<>())
                .computeIfAbsent(contestant, _ -> new ArrayList<>())
                .add(value);
    }

    /**
     * What the server's CPU had to do for each, which depends less than speed on what else the
     * machine is busy with.
     */
    void addCpu(Measure measure, String contestant, long nanos, long times) {
        Measure cpu =
                Measure.less("cpu." + measure.key(), "server CPU: " + measure.title(), "µs each");
        add(cpu, contestant, nanos / 1e3 / times);
    }

    /** For the reader of the table. */
    void note(String text) {
        if (!notes.contains(text)) {
            notes.add(text);
        }
    }

    /** In the order of measuring, CPU times last. */
    List<Measure> measures() {
        return measures.values().stream()
                .sorted(Comparator.comparing(measure -> measure.key().startsWith("cpu.")))
                .toList();
    }

    /** By contestant. */
    Map<String, List<Double>> runs(Measure measure) {
        return runs.getOrDefault(measure.key(), Map.of());
    }

    List<String> notes() {
        return notes;
    }

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

    /** One median by another. */
    OptionalDouble ratio(String key, String contestant, String otherKey, String other) {
        OptionalDouble one = median(key, contestant);
        OptionalDouble two = median(otherKey, other);
        return one.isPresent() && two.isPresent() && two.getAsDouble() != 0
                ? OptionalDouble.of(one.getAsDouble() / two.getAsDouble())
                : OptionalDouble.empty();
    }
}
