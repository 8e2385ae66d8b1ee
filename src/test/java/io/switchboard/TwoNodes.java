package io.switchboard;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

/**
 * Gives tests a {@link Cluster} of two nodes, started once for all who ask; each finds it whole and
 * without peers, and leaves it so.
 */
final class TwoNodes
        implements ParameterResolver, BeforeEachCallback, TestExecutionExceptionHandler {

    private record Running(RedisServer redis, Cluster cluster) implements AutoCloseable {

        static Running start() {
            try {
                RedisServer redis = RedisServer.start();
                try {
                    return new Running(
                            redis, Cluster.start(redis, 2, "switchboard.listeners.gate.port=0"));
                } catch (RuntimeException | Error e) {
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
            redis.close();
        }
    }

    private static Cluster cluster(ExtensionContext context) {
        return context.getRoot()
                .getStore(ExtensionContext.Namespace.create(TwoNodes.class))
                .computeIfAbsent(Running.class, _ -> Running.start(), Running.class)
                .cluster();
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        Cluster cluster = cluster(context);
        cluster.awaitWhole();
        cluster.awaitNobody();
    }

    /** What the nodes logged may say more than what failed. */
    @Override
    public void handleTestExecutionException(ExtensionContext context, Throwable failure)
            throws Throwable {
        cluster(context).printLogs();
        throw failure;
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType().equals(Cluster.class);
    }

    @Override
    public Cluster resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return cluster(context);
    }
}
