package io.switchboard;

import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * The straight line that fits samples best, by least squares.
 *
 * @param mean of the values
 * @param perMinute its slope
 * @param growth of the line from the first sample to the last
 * @param most growth that still counts as none
 */
record Trend(String name, double mean, double perMinute, double growth, double most) {

    static Trend of(
            String name,
            List<SoakSample> samples,
            ToDoubleFunction<SoakSample> value,
            ToDoubleFunction<Double> mostOfMean) {
        double time = samples.stream().mapToDouble(SoakSample::seconds).average().orElseThrow();
        double mean = samples.stream().mapToDouble(value).average().orElseThrow();
        double above = 0;
        double below = 0;
        for (SoakSample sample : samples) {
            double off = sample.seconds() - time;
            above += off * (value.applyAsDouble(sample) - mean);
            below += off * off;
        }
        double slope = above / below;
        double seconds = samples.getLast().seconds() - samples.getFirst().seconds();
        return new Trend(name, mean, slope * 60, slope * seconds, mostOfMean.applyAsDouble(mean));
    }

    boolean flat() {
        return growth <= most;
    }
}
