package io.switchboard.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.boot.web.server.PortInUseException;
import org.springframework.core.env.Environment;
import org.springframework.core.io.support.SpringFactoriesLoader;
import org.springframework.core.io.support.SpringFactoriesLoader.ArgumentResolver;
import org.springframework.mock.env.MockEnvironment;

class HttpPortAnalyzerTest {

    /** Spring Boot has an analyzer of its own, which does not name the key. */
    @Test
    void theFirstAnalysisOfATakenPortNamesTheKey() {
        FailureAnalysis analysis =
                SpringFactoriesLoader.forDefaultResourceLocation()
                        .load(
                                FailureAnalyzer.class,
                                ArgumentResolver.of(
                                                BeanFactory.class, new DefaultListableBeanFactory())
                                        .and(Environment.class, new MockEnvironment()))
                        .stream()
                        .map(each -> each.analyze(new PortInUseException(8080)))
                        .filter(Objects::nonNull)
                        .findFirst()
                        .orElseThrow();
        assertThat(analysis.getDescription()).contains("server.port=8080", "already in use");
        assertThat(analysis.getAction()).contains("ss -ltnp 'sport = :8080'", "SERVER_PORT");
    }
}
