package io.switchboard;

import java.util.List;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.test.context.ContextConfigurationAttributes;
import org.springframework.test.context.ContextCustomizer;
import org.springframework.test.context.ContextCustomizerFactory;
import org.springframework.test.context.MergedContextConfiguration;

/**
 * Makes the thread that runs a test class part of the key by which Spring caches the class's
 * service. Test classes with equal properties share a service, and each expects to be its only
 * user; so two classes that run in parallel must not get the same one.
 */
final class ServicePerThread implements ContextCustomizerFactory {

    /** Changes nothing in the service: only its equality counts. */
    private record OfThread(long id) implements ContextCustomizer {
        @Override
        public void customizeContext(
                ConfigurableApplicationContext context, MergedContextConfiguration merged) {}
    }

    @Override
    public ContextCustomizer createContextCustomizer(
            Class<?> testClass, List<ContextConfigurationAttributes> attributes) {
        return new OfThread(Thread.currentThread().threadId());
    }
}
