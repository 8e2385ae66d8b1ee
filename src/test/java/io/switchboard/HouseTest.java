package io.switchboard;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.coyote.ProtocolHandler;
import org.junit.jupiter.api.Test;
import org.springframework.modulith.core.ApplicationModules;

/** Checks the architecture rules: which packages exist and what each may import. */
class HouseTest {
    private static final ApplicationModules MODULES =
            ApplicationModules.of(SwitchboardApplication.class);

    private static final JavaClasses CLASSES =
            new ClassFileImporter()
                    .withImportOption(new ImportOption.DoNotIncludeTests())
                    .importPackages("io.switchboard");
    private static final String ROOT = "io.switchboard.";

    /** A row of the contributor's table: `package` | purpose | the packages that it may import. */
    private static final Pattern ROW =
            Pattern.compile("(?m)^\\| `([a-z.]+)` \\| ([^|]+) \\| ([^|]*) ?\\|$");

    private static final String ALL_BUT = "all but transport and cluster.redis";

    @Test
    void everyPackageImportsOnlyWhatItsPackageInfoAllows() {
        MODULES.verify();
    }

    @Test
    void theTableOfPackagesIsComplete() throws IOException {
        assertThat(table().keySet()).containsExactlyInAnyOrderElementsOf(packages());
    }

    @Test
    void everyPackageImportsOnlyWhatTheTableAllows() throws IOException {
        Map<String, String> table = table();
        assertThat(CLASSES)
                .filteredOn(type -> type.getPackageName().startsWith(ROOT))
                .allSatisfy(
                        type -> {
                            String row = type.getPackageName().substring(ROOT.length());
                            assertThat(imports(type)).isSubsetOf(allowed(row, table));
                        });
    }

    /** Returns the top-level packages, other than its own, of which a class uses types. */
    private static Set<String> imports(JavaClass type) {
        String own = topLevel(type.getPackageName());
        return type.getDirectDependenciesFromSelf().stream()
                .map(dependency -> dependency.getTargetClass().getPackageName())
                .filter(name -> name.startsWith(ROOT))
                .map(HouseTest::topLevel)
                .filter(name -> !name.equals(own))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> allowed(String row, Map<String, String> table) {
        String cell = table.getOrDefault(row, "");
        if (ALL_BUT.equals(cell)) {
            return table.keySet().stream()
                    .filter(name -> !name.contains(".") && !name.equals("transport"))
                    .collect(Collectors.toSet());
        }
        return Arrays.stream(cell.split(", ")).collect(Collectors.toSet());
    }

    private static String topLevel(String packageName) {
        String name = packageName.substring(ROOT.length());
        int dot = name.indexOf('.');
        return dot < 0 ? name : name.substring(0, dot);
    }

    private static Map<String, String> table() throws IOException {
        return ROW.matcher(Files.readString(Path.of(".github/CONTRIBUTING.md")))
                .results()
                .collect(Collectors.toMap(row -> row.group(1), row -> row.group(3).strip()));
    }

    private static Set<String> packages() {
        return CLASSES.stream()
                .map(JavaClass::getPackageName)
                .filter(name -> name.startsWith(ROOT))
                .map(name -> name.substring(ROOT.length()))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Tests are in the package that they test, or in one of the packages listed here. */
    @Test
    void testPackagesMirrorThePackages() throws IOException {
        Set<String> expected = packages();
        expected.addAll(Set.of("testkit", "docs", "fuzz", "load", "packaging"));
        assertThat(directories(Path.of("src/test/java/io/switchboard"))).isSubsetOf(expected);
    }

    @Test
    void noPackageHasMoreThan45Files() throws IOException {
        for (Path root : List.of(Path.of("src/main/java"), Path.of("src/test/java"))) {
            try (Stream<Path> tree = Files.walk(root)) {
                Map<Path, Long> sizes =
                        tree.filter(file -> file.toString().endsWith(".java"))
                                .collect(
                                        Collectors.groupingBy(
                                                Path::getParent, Collectors.counting()));
                assertThat(sizes.values()).isNotEmpty().allMatch(size -> size <= 45);
            }
        }
    }

    private static Set<String> directories(Path root) throws IOException {
        try (Stream<Path> tree = Files.walk(root)) {
            return tree.filter(file -> file.toString().endsWith(".java"))
                    .map(file -> root.relativize(file.getParent()).toString().replace('/', '.'))
                    .filter(name -> !name.isEmpty())
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    /** Each package contains its own properties, metrics and health indicators. */
    @Test
    void noPackageIsACatchAll() {
        assertThat(packages())
                .isNotEmpty()
                .allSatisfy(
                        name ->
                                assertThat(name.split("\\."))
                                        .doesNotContain("util", "common", "monitoring"));
    }

    /** Clocks of machines differ, so nodes use the time of Redis and elapsed time. */
    @Test
    void theClusterDoesNotUseTheClockOfItsMachine() {
        JavaClasses cluster =
                new ClassFileImporter()
                        .withImportOption(new ImportOption.DoNotIncludeTests())
                        .importPackages("io.switchboard.cluster..");
        ArchRuleDefinition.noClasses()
                .should()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .dependOnClassesThat()
                .belongToAnyOf(Clock.class, Instant.class)
                .check(cluster);
    }

    /**
     * ProtocolHandler is allowed: Spring Boot passes it to customizers, which set documented
     * properties.
     */
    @Test
    void nothingUsesTheInternalsOfTomcat() {
        ArchRuleDefinition.noClasses()
                .should()
                .dependOnClassesThat(
                        JavaClass.Predicates.resideInAnyPackage(
                                        "org.apache.coyote..", "org.apache.tomcat.util.net..")
                                .and(
                                        DescribedPredicate.not(
                                                JavaClass.Predicates.equivalentTo(
                                                        ProtocolHandler.class))))
                .check(CLASSES);
    }

    /** Services do not depend on how a request arrived, nor on how nodes communicate. */
    @Test
    void servicesDependOnNeitherHttpNorRedis() {
        JavaClasses services =
                new ClassFileImporter()
                        .withImportOption(new ImportOption.DoNotIncludeTests())
                        .importPackages(
                                "io.switchboard.query..",
                                "io.switchboard.delivery..",
                                "io.switchboard.events..");
        ArchRuleDefinition.noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "jakarta.servlet..",
                        "org.springframework.http..",
                        "org.springframework.web..",
                        "io.lettuce..",
                        "org.springframework.data.redis..",
                        "io.switchboard.cluster.redis..")
                .check(services);
    }

    /**
     * java.util.regex backtracks. Its patterns are therefore constants, which a reviewer has seen,
     * and no property has its type: a pattern of the configuration is a LinearPattern. UnknownKeys
     * matches names of properties at the start.
     */
    @Test
    void patternsThatBacktrackAreConstants() {
        assertThat(CLASSES)
                .flatExtracting(JavaClass::getMethodCallsFromSelf)
                .filteredOn(call -> call.getTargetOwner().isEquivalentTo(Pattern.class))
                .filteredOn(call -> call.getName().equals("compile"))
                .filteredOn(call -> !call.getOrigin().getName().equals("<clinit>"))
                .extracting(call -> call.getOriginOwner().getName())
                .containsOnly("io.switchboard.UnknownKeys$KnownKey");
        assertThat(CLASSES)
                .flatExtracting(JavaClass::getFields)
                .filteredOn(
                        field ->
                                field.getType().getAllInvolvedRawTypes().stream()
                                        .anyMatch(type -> type.isEquivalentTo(Pattern.class)))
                .allMatch(field -> field.getModifiers().contains(JavaModifier.STATIC));
    }
}
