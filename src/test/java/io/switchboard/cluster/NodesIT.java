package io.switchboard.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.info.BuildProperties;
import tools.jackson.databind.JsonNode;

/** A single node. */
@WithService
@Isolated("reads the names of the JVM's threads")
class NodesIT {
    @Autowired private RunningService service;
    @Autowired private BuildProperties build;

    @Test
    void aSingleNodeListsItself() throws Exception {
        service.api().awaitTotal(0); // another class may have left peers that are closing
        try (RawClient client = service.connect()) {
            String id = service.api().idOf(client);
            JsonNode nodes = service.api().get("/nodes").json();
            assertThat(nodes.get("total").asInt()).isEqualTo(1);
            JsonNode node = nodes.at("/nodes/0");
            assertThat(id).startsWith(node.get("id").asString() + "-");
            assertThat(node.get("version").asString()).isEqualTo(build.getVersion());
            assertThat(node.get("peers").asInt()).isEqualTo(1);
            assertThat(node.get("self").asBoolean()).isTrue();
            assertThat(node.get("draining").asBoolean()).isFalse();
            assertThat(service.api().peer(id).has("node")).isFalse();
        }
    }

    @Test
    void aSingleNodeUsesNoRedis() {
        assertThat(service.api().get("/actuator/health").body()).doesNotContain("cluster", "redis");
        assertThat(service.api().get("/actuator/prometheus").body())
                .doesNotContain("switchboard_cluster", "lettuce");
        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .noneMatch(name -> name.contains("lettuce") || name.startsWith("cluster-"));
    }
}
