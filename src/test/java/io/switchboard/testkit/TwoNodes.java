package io.switchboard.testkit;

import io.switchboard.tracing.OtlpCollector;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * Injects a {@link TestCluster} of two nodes, which all test classes share one after the other, and
 * the {@link OtlpCollector} to which they export the traces that a caller has begun. At the start
 * of each test both nodes are running and have no peers. A test must restore that state.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(TwoNodes.Extension.class)
@ResourceLock("the shared cluster of two nodes")
public @interface TwoNodes {

    /** Starts the cluster at its first use and ends it after the last test. */
    final class Extension
            implements ParameterResolver, BeforeEachCallback, TestExecutionExceptionHandler {

        private record Running(RedisServer redis, TestCluster cluster, OtlpCollector collector)
                implements AutoCloseable {

            static Running start() {
                try {
                    RedisServer redis = RedisServer.start();
                    OtlpCollector collector = new OtlpCollector();
                    try {
                        return new Running(
                                redis,
                                TestCluster.start(
                                        redis,
                                        2,
                                        "management.opentelemetry.tracing.export.otlp.endpoint="
                                                + collector.url("/v1/traces"),
                                        "management.opentelemetry.tracing.export.schedule-delay=100ms",
                                        "management.tracing.sampling.probability=0",
                                        "switchboard.listeners.gate.port=0",
                                        "switchboard.listeners.staying.port=0",
                                        "switchboard.listeners.staying.half-close=open",
                                        "switchboard.listeners.staying.half-close-timeout=5m"),
                                collector);
                    } catch (RuntimeException | Error e) {
                        collector.close();
                        redis.close();
                        throw e;
                    }
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }

            @Override
            public void close() throws IOException {
                cluster.close();
                collector.close();
                redis.close();
            }
        }

        private static Running running(ExtensionContext context) {
            return context.getRoot()
                    .getStore(ExtensionContext.Namespace.create(TwoNodes.class))
                    .computeIfAbsent(Running.class, _ -> Running.start(), Running.class);
        }

        @Override
        public void beforeEach(ExtensionContext context) {
            TestCluster cluster = running(context).cluster();
            cluster.awaitWhole();
            cluster.awaitNoPeers();
        }

        /** Prints the logs of the nodes, which may explain the failure. */
        @Override
        public void handleTestExecutionException(ExtensionContext context, Throwable failure)
                throws Throwable {
            running(context).cluster().printLogs();
            throw failure;
        }

        @Override
        public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
            Class<?> type = parameter.getParameter().getType();
            return type.equals(TestCluster.class) || type.equals(OtlpCollector.class);
        }

        @Override
        public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
            Running running = running(context);
            return parameter.getParameter().getType().equals(TestCluster.class)
                    ? running.cluster()
                    : running.collector();
        }
    }
}
