package io.switchboard.transport.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.MeterRegistry;
import io.switchboard.listener.ListenerControl;
import io.switchboard.testkit.Footprint;
import io.switchboard.testkit.WithService;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

/** Descriptors, threads, meters and heap after a thousand listeners were opened and closed. */
@Tag("system") // descriptors and threads are those of the whole JVM, where other tests would run
@WithService
class ManyListenersIT {
    private static final int WARM_UP = 200;
    private static final int LISTENERS = 1_000;
    private static final long MAX_HEAP_GROWTH = 4L * 1024 * 1024;

    @Autowired private ListenerControl control;
    @Autowired private MeterRegistry meters;

    @Test
    void aThousandListenersLeaveNothing() {
        openAndClose(WARM_UP);
        long metersBefore = ownMeters();
        Footprint before = Footprint.now();
        openAndClose(LISTENERS);
        await().pollInterval(Duration.ofSeconds(1))
                .untilAsserted(
                        () -> {
                            Footprint after = Footprint.now();
                            assertThat(after.descriptors())
                                    .isLessThanOrEqualTo(before.descriptors() + 5);
                            assertThat(after.threads()).isLessThanOrEqualTo(before.threads() + 5);
                            assertThat(after.heap() - before.heap()).isLessThan(MAX_HEAP_GROWTH);
                        });
        assertThat(ownMeters()).isEqualTo(metersBefore);
    }

    /** Leaves out those of the JVM, which registers some at the first garbage collection. */
    private long ownMeters() {
        return meters.getMeters().stream()
                .filter(each -> each.getId().getName().startsWith("switchboard."))
                .count();
    }

    private void openAndClose(int listeners) {
        for (int i = 0; i < listeners; i++) {
            String name = "many-" + i;
            control.open(control.check(name, keys(i)));
            control.close(name, Duration.ZERO, null);
        }
    }

    private static Map<String, Object> keys(int number) {
        return switch (number % 3) {
            case 0 -> Map.of("port", 0, "groups", List.of("many"));
            case 1 -> Map.of("port", 0, "transport", "udp");
            default -> Map.of("port", 0, "webhook", Map.of("url", "http://127.0.0.1:9/"));
        };
    }
}
