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
import io.switchboard.tracing.Tracing;
import java.time.Duration;
import java.util.stream.Collectors;
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
import org.springframework.data.redis.connection.RedisNode;
import org.springframework.data.redis.connection.RedisSentinelConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

/**
 * Creates the {@link Cluster}: over Redis if {@code switchboard.cluster.enabled} is true, otherwise
 * of a single node. {@code application.yaml} excludes Spring Boot's auto-configuration of Redis;
 * this class imports it only for a cluster over Redis.
 */
@Configuration(proxyBeanMethods = false)
class ClusterConfiguration {

    /** Configures a single node. Loads no class of the Redis client. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnProperty(
            name = "switchboard.cluster.enabled",
            havingValue = "false",
            matchIfMissing = true)
    static class SingleNodeConfiguration {
        @Bean
        Cluster singleNode(LocalNode self) {
            return new SingleNode(self::get);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnProperty(name = "switchboard.cluster.enabled", havingValue = "true")
    @Import(DataRedisAutoConfiguration.class)
    static class RedisConfiguration {
        private static final Duration TIMEOUT = Duration.ofSeconds(1);
        private static final Duration RECONNECT_DELAY = Duration.ofMillis(250);
        private static final int MAX_QUEUED_COMMANDS = 50_000;

        /**
         * Makes a command fail at once if Redis is not connected, and prevents the client from
         * sending a command again after it has reconnected.
         */
        @Bean
        LettuceClientOptionsBuilderCustomizer failsFast() {
            return options ->
                    options.disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
                            .replayFilter(_ -> true)
                            .requestQueueSize(MAX_QUEUED_COMMANDS)
                            .timeoutOptions(TimeoutOptions.enabled(TIMEOUT));
        }

        @Bean
        LettuceClientConfigurationBuilderCustomizer timeout() {
            return client -> client.commandTimeout(TIMEOUT);
        }

        @Bean
        ClientResourcesBuilderCustomizer reconnectsSoon() {
            return resources -> resources.reconnectDelay(Delay.constant(RECONNECT_DELAY));
        }

        @Bean
        RpcBudget requestsOfOtherNodes() {
            return new RpcBudget();
        }

        @Bean
        RedisCluster cluster(
                ClusterProperties properties,
                LocalNode self,
                LettuceConnectionFactory redis,
                ObjectProvider<RpcHandler<?, ?>> handlers,
                RpcBudget budget,
                MeterRegistry meters,
                Tracing tracing) {
            return new RedisCluster(
                    properties,
                    self,
                    () -> (RedisClient) redis.getRequiredNativeClient(),
                    address(redis),
                    () -> handlers.stream().toList(),
                    budget,
                    meters,
                    tracing);
        }

        /** Returns where the client connects to: Redis, or the Sentinels that know its address. */
        private static String address(LettuceConnectionFactory redis) {
            RedisSentinelConfiguration sentinels = redis.getSentinelConfiguration();
            return sentinels == null
                    ? redis.getHostName() + ":" + redis.getPort()
                    : sentinels.getSentinels().stream()
                            .map(RedisNode::asString)
                            .sorted()
                            .collect(Collectors.joining(", ", "the Sentinels ", ""));
        }

        /**
         * Reports DOWN while this node cannot exchange requests with others. Its peers are not
         * affected.
         */
        @Bean
        HealthIndicator clusterHealthIndicator(
                RedisCluster cluster, LettuceConnectionFactory redis) {
            return () ->
                    (cluster.connected()
                                    ? Health.up()
                                    : Health.down().withDetail("reason", "Redis cannot be reached"))
                            .withDetail("redis", address(redis))
                            .withDetail("node", cluster.self().id())
                            .withDetail(
                                    "others", cluster.others().stream().map(Node::label).toList())
                            .build();
        }
    }
}
