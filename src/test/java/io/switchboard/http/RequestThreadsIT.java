package io.switchboard.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.tomcat.TomcatWebServer;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;

/**
 * Tests that Tomcat uses {@link RequestThreads}. With Spring Boot's own executor everything would
 * work too, only slower, so that no other test would fail.
 */
@WithService
@Isolated("reads the names of the JVM's threads")
class RequestThreadsIT {
    @Autowired private RunningService service;
    @Autowired private ServletWebServerApplicationContext context;

    @Test
    void consecutiveRequestsRunOnPlatformThreads() {
        for (int i = 0; i < 10; i++) {
            assertThat(service.api().get("/nodes").status()).isEqualTo(200);
        }
        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .contains("http-1");
    }

    @Test
    void learnsOfTheEndOfEachRequest() {
        assertThat(context.getWebServer())
                .isInstanceOfSatisfying(
                        TomcatWebServer.class,
                        server ->
                                assertThat(server.getTomcat().getEngine().getPipeline().getValves())
                                        .hasAtLeastOneElementOfType(RequestEndValve.class));
    }
}
