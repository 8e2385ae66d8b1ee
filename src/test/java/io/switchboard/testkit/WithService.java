package io.switchboard.testkit;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.annotation.Import;
import org.springframework.test.context.ContextCustomizerFactories;

/**
 * Runs the service in the JVM of the test, on ports that the kernel chooses. A {@link
 * RunningService} can be injected.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = {
            "switchboard.listeners.default.port=0",
            "switchboard.data.directory=target/data/${random.uuid}",
            "switchboard.drain.delay=0s",
            "switchboard.drain.spread=0s",
            // each context of a test has a store of its own
            "switchboard.data.directory=target/data/${random.uuid}"
        })
@Import(RunningService.class)
@ContextCustomizerFactories(ServicePerThread.class)
public @interface WithService {}
