package io.switchboard.bench;

import java.time.Duration;
import java.util.List;

/** Messages to one peer each at a fixed rate: from the moment to post to the bytes at the peer. */
final class FixedRate implements Scenario {
    private static final int CONNECTIONS = 64;
    private static final int MEASURED_TIMES = 2;

    @Override
    public String name() {
        return "rate";
    }

    @Override
    public void run(Stage stage) {
        Settings settings = stage.settings();
        String what = "POST /send at %,d/s, ".formatted(settings.rate());
        stage.rounds(
                "POST /send at a fixed rate",
                (contestant, first) -> {
                    try (Audience audience = stage.audience(contestant, CONNECTIONS, CONNECTIONS)) {
                        List<String> ids = stage.ids(contestant, audience);
                        if (first) {
                            post(stage, contestant, audience, ids, settings.warmUpAtRate());
                        }
                        long cpu = contestant.cpuNanos();
                        Latencies latencies =
                                post(
                                        stage,
                                        contestant,
                                        audience,
                                        ids,
                                        settings.measured().multipliedBy(MEASURED_TIMES));
                        stage.results()
                                .addCpu(
                                        Measure.less("rate", what.replace(", ", ""), ""),
                                        contestant.name(),
                                        contestant.cpuNanos() - cpu,
                                        latencies.count());
                        for (String percent : List.of("50", "99", "99.9")) {
                            stage.results()
                                    .add(
                                            Measure.less(
                                                    "rate.p" + percent, what + "p" + percent, "ms"),
                                            contestant.name(),
                                            latencies.percentile(Double.parseDouble(percent)));
                        }
                    }
                });
    }

    private static Latencies post(
            Stage stage,
            Contestant contestant,
            Audience audience,
            List<String> ids,
            Duration time) {
        try (Senders senders =
                Senders.toOneEach(stage.loop(), contestant, audience, ids, CONNECTIONS)) {
            return OpenLoop.toOne(stage.loop(), audience, senders, stage.settings().rate(), time);
        }
    }
}
