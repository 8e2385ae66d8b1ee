package io.switchboard.cluster.redis;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.resource.Delay;
import io.micrometer.core.instrument.MeterRegistry;
import io.switchboard.cluster.Cluster;
import io.switchboard.cluster.Cluster.SingleNode;
import io.switchboard.cluster.ClusterProperties;
import io.switchboard.cluster.LocalNode;
import io.switchboard.cluster.Node;
import io.switchboard.cluster.RpcHandler;
import java.time.Duration;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.data.redis.autoconfigure.ClientResourcesBuilderCustomizer;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.boot.data.redis.autoconfigure.LettuceClientConfigurationBuilderCustomizer;
import org.springframework.boot.data.redis.autoconfigure.LettuceClientOptionsBuilderCustomizer;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

/**
 * A cluster, or a single node. Redis' own configuration by Spring Boot is left out in {@code
 * application.yaml}, and put in here where there is a cluster.
 */
@Configuration(proxyBeanMethods = false)
class ClusterConfiguration {

    /** Nothing of Redis is so much as loaded. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnProperty(
            name = "switchboard.cluster.enabled",
            havingValue = "false",
            matchIfMissing = true)
    static class Single {
        @Bean
        Cluster singleNode(LocalNode self) {
            return new SingleNode(self::get);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnProperty(name = "switchboard.cluster.enabled", havingValue = "true")
    @Import(DataRedisAutoConfiguration.class)
    static class Several {
        private static final Duration TIMEOUT = Duration.ofSeconds(1);
        private static final Duration BETWEEN_TRIES = Duration.ofMillis(250);
        private static final int MOST_QUEUED = 50_000;

        /** What cannot be said now fails now, and nothing is said twice. */
        @Bean
        LettuceClientOptionsBuilderCustomizer failsFast() {
            return options ->
                    options.disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
                            .replayFilter(_ -> true)
                            .requestQueueSize(MOST_QUEUED)
                            .timeoutOptions(TimeoutOptions.enabled(TIMEOUT));
        }

        @Bean
        LettuceClientConfigurationBuilderCustomizer timeout() {
            return client -> client.commandTimeout(TIMEOUT);
        }

        @Bean
        ClientResourcesBuilderCustomizer reconnectsSoon() {
            return resources -> resources.reconnectDelay(Delay.constant(BETWEEN_TRIES));
        }

        @Bean
        RedisCluster cluster(
                ClusterProperties properties,
                LocalNode self,
                LettuceConnectionFactory redis,
                ObjectProvider<RpcHandler<?, ?>> handlers,
                MeterRegistry meters) {
            return new RedisCluster(
                    properties,
                    self,
                    () -> (RedisClient) redis.getRequiredNativeClient(),
                    () -> handlers.stream().toList(),
                    meters);
        }

        /**
         * DOWN while this node cannot exchange requests with others; its peers are not affected.
         */
        @Bean
        HealthIndicator clusterHealthIndicator(RedisCluster cluster) {
            return () ->
                    (cluster.connected()
                                    ? Health.up()
                                    : Health.down().withDetail("reason", "Redis is away"))
                            .withDetail("node", cluster.self().id())
                            .withDetail(
                                    "others", cluster.others().stream().map(Node::label).toList())
                            .build();
        }
    }
}
