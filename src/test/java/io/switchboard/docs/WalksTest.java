package io.switchboard.docs;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The walks of architecture.md name methods that exist, and are as short as they say. */
class WalksTest {
    private static final JavaClasses CLASSES =
            new ClassFileImporter()
                    .withImportOption(new ImportOption.DoNotIncludeTests())
                    .importPackages("io.switchboard");

    /** A step: {@code 1. `Class.Nested.method`: what it does}. */
    private static final Pattern STEP =
            Pattern.compile("(?m)^1\\. `([A-Z][A-Za-z.]*)\\.([a-z]\\w*)(?:\\(.*?\\))?`:");

    private static final Pattern COUNT = Pattern.compile("(\\d+) methods of (\\d+) classes\\.");

    @ParameterizedTest
    @CsvSource({"A byte comes in, 30, 20", "A message goes out, 24, 16", "A list over, 20, 11"})
    void theWalkIsAsTheCodeIs(String heading, int maxMethods, int maxClasses) throws IOException {
        String page = Files.readString(Path.of("src/docs/architecture.md"));
        String section = page.substring(page.indexOf("\n## " + heading) + 1);
        MatchResult count = COUNT.matcher(section).results().findFirst().orElseThrow();
        List<MatchResult> steps =
                STEP.matcher(section.substring(0, count.start())).results().toList();
        assertThat(steps)
                .hasSize(Integer.parseInt(count.group(1)))
                .hasSizeLessThanOrEqualTo(maxMethods);
        assertThat(steps)
                .filteredOn(step -> !hasMethod(step.group(1), step.group(2)))
                .extracting(MatchResult::group)
                .as("methods that the code does not have")
                .isEmpty();
        assertThat(steps.stream().map(step -> step.group(1)).distinct().count())
                .isEqualTo(Long.parseLong(count.group(2)))
                .isLessThanOrEqualTo(maxClasses);
    }

    private static boolean hasMethod(String className, String method) {
        return CLASSES.stream()
                .filter(type -> name(type).equals(className))
                .flatMap(type -> type.getMethods().stream())
                .anyMatch(each -> each.getName().equals(method));
    }

    /** Returns the name without the package, as Java source spells it. */
    private static String name(JavaClass type) {
        return type.getName().substring(type.getPackageName().length() + 1).replace('$', '.');
    }
}
