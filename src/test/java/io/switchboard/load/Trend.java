package io.switchboard.load;

import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * The straight line that fits the samples best, by least squares.
 *
 * @param mean the mean of the values
 * @param perMinute the slope of the line per minute
 * @param growth the difference of the line between the first and the last sample
 * @param maxGrowth the maximum growth at which the line counts as flat
 */
record Trend(String name, double mean, double perMinute, double growth, double maxGrowth) {

    static Trend of(
            String name,
            List<SoakSample> samples,
            ToDoubleFunction<SoakSample> value,
            ToDoubleFunction<Double> maxGrowthOfMean) {
        double time = samples.stream().mapToDouble(SoakSample::seconds).average().orElseThrow();
        double mean = samples.stream().mapToDouble(value).average().orElseThrow();
        double covariance = 0;
        double variance = 0;
        for (SoakSample sample : samples) {
            double off = sample.seconds() - time;
            covariance += off * (value.applyAsDouble(sample) - mean);
            variance += off * off;
        }
        double slope = covariance / variance;
        double seconds = samples.getLast().seconds() - samples.getFirst().seconds();
        return new Trend(
                name, mean, slope * 60, slope * seconds, maxGrowthOfMean.applyAsDouble(mean));
    }

    boolean flat() {
        return growth <= maxGrowth;
    }
}
