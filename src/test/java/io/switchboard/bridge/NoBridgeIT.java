package io.switchboard.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.util.Arrays;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.ApplicationContext;

/** A service without a bridge has nothing of one. */
@WithService
class NoBridgeIT {
    private final RunningService service;
    private final ApplicationContext context;

    NoBridgeIT(@Autowired RunningService service, @Autowired ApplicationContext context) {
        this.service = service;
        this.context = context;
    }

    @Test
    void hasNoBeanOfABridgeOrABroker() {
        assertThat(context.getBeansOfType(Bridges.class)).isEmpty();
        assertThat(context.getBeansOfType(BrokerFactory.class)).isEmpty();
        assertThat(
                        Arrays.stream(context.getBeanDefinitionNames())
                                .map(name -> name.toLowerCase(Locale.ROOT)))
                .noneMatch(
                        name ->
                                name.contains("kafka")
                                        || name.contains("mqtt")
                                        || name.contains("redis"));
    }

    @Test
    void hasNoHealthComponentAndNoMeter() {
        assertThat(service.api().get("/actuator/health").body()).doesNotContain("bridges");
        assertThat(service.api().get("/actuator/prometheus").body())
                .doesNotContain("switchboard_bridge");
    }
}
