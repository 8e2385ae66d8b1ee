package io.switchboard.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.context.annotation.ClassPathScanningCandidateComponentProvider;
import org.springframework.core.ResolvableType;
import org.springframework.core.type.filter.AssignableTypeFilter;

/** Every request between nodes has the reach of the client that caused it. */
class ScopedTest {
    @Test
    void everyRequestBetweenNodesHasAReach() throws ClassNotFoundException {
        ClassPathScanningCandidateComponentProvider scan =
                new ClassPathScanningCandidateComponentProvider(false);
        scan.addIncludeFilter(new AssignableTypeFilter(RpcHandler.class));
        List<String> found = new ArrayList<>();
        List<String> without = new ArrayList<>();
        for (BeanDefinition each : scan.findCandidateComponents("io.switchboard")) {
            Class<?> handler = Class.forName(each.getBeanClassName());
            boolean inMain =
                    handler.getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .getPath()
                            .endsWith("/classes/");
            Class<?> request =
                    ResolvableType.forClass(handler).as(RpcHandler.class).resolveGeneric(0);
            if (inMain && request != null) {
                found.add(handler.getSimpleName());
                if (!Scoped.class.isAssignableFrom(request)) {
                    without.add(handler.getSimpleName());
                }
            }
        }
        assertThat(found).contains("PeerService", "ClusterDelivery", "EventPageHandler");
        // a change of a listener is about no peers, and needs a client that reaches all
        assertThat(without).containsExactly("ListenerService");
    }
}
