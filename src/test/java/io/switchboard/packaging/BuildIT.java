package io.switchboard.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.testkit.Child;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The build does no unnecessary work before {@code spring-boot:run} starts the service. That goal
 * first runs Maven's phases up to {@code test-compile}, so this test runs them with the real {@code
 * pom.xml} for one small class.
 */
class BuildIT {
    /**
     * The line that Maven prints before it runs a goal. Since 3.9 it shortens the names of plugins.
     */
    private static final Pattern GOAL =
            Pattern.compile("\\[INFO] --- [\\w-]+:[\\w.-]+:([\\w-]+) \\(.*\\) @ switchboard");

    private static final Duration TIMEOUT = Duration.ofMinutes(2);

    @TempDir private Path project;

    @BeforeEach
    void makeAProjectOfOneClass() throws IOException {
        copy("pom.xml");
        copy(".mvn/jvm.config");
        copy("src/main/resources/static/openapi.json");
        write(
                "src/main/java/io/switchboard/One.java",
                """
                package io.switchboard;

                import org.jspecify.annotations.NullMarked;

                @NullMarked
                final class One {}
                """);
        write(
                "src/test/java/io/switchboard/OneTest.java",
                "not compiled, so this need not be Java");
        write("src/test/resources/one.txt", "not copied");
    }

    private void copy(String file) throws IOException {
        write(file, Files.readString(Path.of(file)));
    }

    private void write(String file, String text) throws IOException {
        Path path = project.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }

    @Test
    void compilesOnlyTheServiceAndOnlyOnce() throws Exception {
        List<String> goals =
                List.of(
                        "select-jdk-toolchain",
                        "build-info",
                        "resources",
                        "copy-resources", // the pages of the documentation
                        "compile");

        String first = build();
        assertThat(goals(first)).as(first).isEqualTo(goals);
        // Maven leaves this goal out when it is offline, and only warns
        assertThat(first).doesNotContain("makeAggregateBom");
        assertThat(project.resolve("target/test-classes")).doesNotExist();
        assertThat(project.resolve("target/generated-test-sources")).doesNotExist();
        Map<Path, FileTime> classes = classes();
        assertThat(classes).containsKey(project.resolve("target/classes/io/switchboard/One.class"));

        String second = build();
        assertThat(goals(second)).as(second).isEqualTo(goals);
        assertThat(second).contains("Nothing to compile");
        assertThat(classes()).isEqualTo(classes);
    }

    private String build() throws Exception {
        try (Child maven =
                Child.startWithErrors(
                        System.getProperty("maven.home", "the tests are run by Maven") + "/bin/mvn",
                        "--batch-mode",
                        "--offline",
                        "-Dmaven.repo.local=" + System.getProperty("settings.localRepository"),
                        "--file",
                        project.resolve("pom.xml").toString(),
                        "test-compile")) {
            assertThat(maven.awaitExit(TIMEOUT)).as(maven.output()).isZero();
            return maven.output();
        }
    }

    private static List<String> goals(String output) {
        return GOAL.matcher(output).results().map(goal -> goal.group(1)).toList();
    }

    private Map<Path, FileTime> classes() throws IOException {
        try (Stream<Path> files = Files.walk(project.resolve("target/classes"))) {
            return files.filter(file -> file.toString().endsWith(".class"))
                    .collect(Collectors.toMap(Function.identity(), BuildIT::lastModified));
        }
    }

    private static FileTime lastModified(Path file) {
        try {
            return Files.getLastModifiedTime(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A command that names a missing class would fail, or run no test. */
    @Test
    void theReadmeNamesTestClassesThatExist() throws IOException {
        for (String page : List.of("README.md", "src/docs/README.zh-CN.md")) {
            List<String> named =
                    Pattern.compile("-D(?:it\\.)?test=(\\w+)")
                            .matcher(Files.readString(Path.of(page)))
                            .results()
                            .map((MatchResult test) -> test.group(1) + ".class")
                            .toList();
            assertThat(named).as(page).hasSize(2);
            try (Stream<Path> classes = Files.walk(Path.of("target/test-classes"))) {
                assertThat(classes.map(file -> file.getFileName().toString()))
                        .as(page)
                        .containsAll(named);
            }
        }
    }
}
