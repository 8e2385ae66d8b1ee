package io.switchboard.bridge;

import io.micrometer.core.instrument.MeterRegistry;
import io.switchboard.cluster.Cluster;
import io.switchboard.delivery.SendRequests;
import io.switchboard.listener.StoredListeners;
import io.switchboard.peer.Listeners;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.webhook.Webhooks;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.kafka.autoconfigure.KafkaAutoConfiguration;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Condition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.type.AnnotatedTypeMetadata;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.kafka.core.ConsumerFactory;
import org.springframework.kafka.core.ProducerFactory;

/**
 * Creates the bridges, if some are configured, and what each kind of broker needs. {@code
 * application.yaml} excludes Spring Boot's auto-configuration of Kafka and Redis; this class
 * imports it only for a bridge of that kind. Without a bridge, no class of a broker's client is
 * loaded.
 */
@Configuration(proxyBeanMethods = false)
class BridgeConfiguration {

    /** Matches if a bridge of one type is configured, or of any type. */
    private abstract static class Configured implements Condition {
        private final @Nullable BridgeType type;

        Configured(@Nullable BridgeType type) {
            this.type = type;
        }

        @Override
        public boolean matches(ConditionContext context, AnnotatedTypeMetadata metadata) {
            return BridgesProperties.configured(context.getEnvironment(), type);
        }
    }

    private static final class Any extends Configured {
        Any() {
            super(null);
        }
    }

    private static final class Kafka extends Configured {
        Kafka() {
            super(BridgeType.KAFKA);
        }
    }

    private static final class Mqtt extends Configured {
        Mqtt() {
            super(BridgeType.MQTT);
        }
    }

    private static final class Redis extends Configured {
        Redis() {
            super(BridgeType.REDIS_STREAM);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @Conditional(Any.class)
    static class AnyBridge {
        @Bean
        Bridges bridges(
                BridgesProperties properties,
                List<BrokerFactory> factories,
                Webhooks webhooks,
                Listeners listeners,
                StoredListeners stored,
                PeerRegistry registry,
                SendRequests requests,
                MeterRegistry meters) {
            return new Bridges(
                    properties, factories, webhooks, listeners, stored, registry, requests, meters);
        }

        @Bean
        HealthIndicator bridgesHealthIndicator(Bridges bridges) {
            return new BridgesHealth(bridges);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @Conditional(Redis.class)
    @Import(DataRedisAutoConfiguration.class)
    static class RedisBridge {
        @Bean
        BrokerFactory redisBrokers(LettuceConnectionFactory configured, Cluster cluster) {
            return new RedisBroker.Factory(configured, cluster);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @Conditional(Kafka.class)
    @Import(KafkaAutoConfiguration.class)
    static class KafkaBridge {
        @Bean
        BrokerFactory kafkaBrokers(
                ProducerFactory<?, ?> producers, ConsumerFactory<?, ?> consumers) {
            return new KafkaBroker.Factory(producers, consumers);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @Conditional(Mqtt.class)
    static class MqttBridge {
        @Bean
        BrokerFactory mqttBrokers(
                Cluster cluster, SslBundles bundles, ApplicationEventPublisher events) {
            return new MqttBroker.Factory(cluster, bundles, events);
        }
    }
}
