package io.switchboard.testkit;

import java.util.List;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.test.context.ContextConfigurationAttributes;
import org.springframework.test.context.ContextCustomizer;
import org.springframework.test.context.ContextCustomizerFactory;
import org.springframework.test.context.MergedContextConfiguration;

/**
 * Adds the thread that runs a test class to the key with which Spring caches application contexts.
 * Test classes with equal properties share a service, and each expects to be its only user, so two
 * classes that run in parallel must not get the same service.
 */
final class ServicePerThread implements ContextCustomizerFactory {

    /** Does not change the context; only its equality matters. */
    private record ThreadKey(long id) implements ContextCustomizer {
        @Override
        public void customizeContext(
                ConfigurableApplicationContext context, MergedContextConfiguration merged) {}
    }

    @Override
    public ContextCustomizer createContextCustomizer(
            Class<?> testClass, List<ContextConfigurationAttributes> attributes) {
        return new ThreadKey(Thread.currentThread().threadId());
    }
}
