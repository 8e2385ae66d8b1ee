package io.switchboard.docs;

import static io.switchboard.docs.PageCommand.normalized;
import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.SwitchboardApplication;
import io.switchboard.testkit.Programs;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.logging.LoggingApplicationListener;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.Environment;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.io.support.SpringFactoriesLoader;
import org.springframework.core.io.support.SpringFactoriesLoader.ArgumentResolver;
import org.springframework.core.io.support.SpringFactoriesLoader.FailureHandler;

/**
 * Makes each mistake of the page about mistakes that concerns the start. The service starts in this
 * JVM, because a process for each mistake would take minutes.
 */
class StartMistakesIT {
    static final String SECTION = "## The start";

    private static final String START = "java -jar switchboard.jar ";
    private static final String NOT_YAML = "switchboard:\n\tlisteners:\n";

    @TempDir private Path folder;

    private @Nullable ConfigurableApplicationContext running;

    @AfterEach
    void stop() {
        if (running != null) {
            running.close();
        }
    }

    @Test
    void eachMistakeHasTheAnswerOfThePage() throws Exception {
        Programs.require("curl", "curl");
        List<PageCommand> mistakes =
                PageCommand.read(
                        Path.of("src/docs/mistakes.md"),
                        SECTION::equals,
                        line -> line.startsWith("## "));
        assertThat(mistakes).hasSizeGreaterThanOrEqualTo(20);
        Path notYaml = Files.writeString(folder.resolve("application.yaml"), NOT_YAML);
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            for (PageCommand each : mistakes) {
                String answer =
                        each.command().startsWith(START)
                                ? start(
                                        each.command()
                                                .substring(START.length())
                                                .replace("=./", "=" + notYaml.getParent() + "/")
                                                .replaceAll(
                                                        "=(8000|8080)\\b",
                                                        "=" + taken.getLocalPort()))
                                : PageCommand.run(
                                        each.command().replace("8080", Integer.toString(port())));
                String expected =
                        String.join("\n", each.below())
                                .replaceAll(
                                        "\\b(8000|8080)\\b",
                                        Integer.toString(taken.getLocalPort()));
                assertThat(normalized(answer)).as(each.command()).isEqualTo(normalized(expected));
            }
        }
    }

    private int port() {
        return Objects.requireNonNull(
                        ((WebServerApplicationContext) Objects.requireNonNull(running))
                                .getWebServer())
                .getPort();
    }

    /** Returns the description and the remedy that the log has; empty if the service starts. */
    private String start(String options) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(options.replace("'", "").split(" ")));
        for (String each : List.of("--server.port=0", "--switchboard.listeners.default.port=0")) {
            String key = each.substring(0, each.indexOf('=') + 1);
            if (arguments.stream().noneMatch(given -> given.startsWith(key))) {
                arguments.add(each);
            }
        }
        SpringApplication application = new SpringApplication(SwitchboardApplication.class);
        application.setRegisterShutdownHook(false);
        // a start that fails would reset the logging of the whole JVM
        List<ApplicationListener<?>> listeners = new ArrayList<>(application.getListeners());
        listeners.removeIf(each -> each instanceof LoggingApplicationListener);
        application.setListeners(listeners);
        try {
            stop();
            running = application.run(arguments.toArray(String[]::new));
            return "";
        } catch (RuntimeException e) {
            FailureAnalysis analysis = analysis(e);
            return analysis.getDescription() + "\n" + analysis.getAction();
        }
    }

    /** Returns the first analysis, as Spring Boot does. */
    private static FailureAnalysis analysis(RuntimeException failure) {
        return SpringFactoriesLoader.forDefaultResourceLocation()
                .load(
                        FailureAnalyzer.class,
                        ArgumentResolver.of(BeanFactory.class, new DefaultListableBeanFactory())
                                .and(Environment.class, new StandardEnvironment()),
                        FailureHandler.handleMessage((_, _) -> {}))
                .stream()
                .map(each -> each.analyze(failure))
                .filter(Objects::nonNull)
                .findFirst()
                .orElseThrow(() -> new AssertionError("this has no analysis", failure));
    }
}
