package io.switchboard;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.springframework.beans.factory.annotation.Autowired;

/**
 * That Tomcat asks whom it should: what else Spring Boot would give it works as well, and slower.
 */
@WithService
@Isolated("reads the names of the JVM's threads")
class RequestThreadsIT {
    @Autowired private RunningService service;

    @Test
    void oneRequestAfterTheOtherIsAnsweredByThreadsThatStay() {
        for (int i = 0; i < 10; i++) {
            assertThat(service.api().get("/nodes").status()).isEqualTo(200);
        }
        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .contains("http-1");
    }
}
