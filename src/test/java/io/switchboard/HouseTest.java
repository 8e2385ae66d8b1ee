package io.switchboard;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import java.time.Clock;
import java.time.Instant;
import org.apache.coyote.ProtocolHandler;
import org.junit.jupiter.api.Test;
import org.springframework.modulith.core.ApplicationModules;

/** The rooms of the house, and who may enter which. */
class HouseTest {
    private static final ApplicationModules MODULES =
            ApplicationModules.of(SwitchboardApplication.class);

    @Test
    void everyRoomImportsOnlyWhatItsPackageInfoAllows() {
        MODULES.verify();
    }

    @Test
    void hasTheRoomsOfTheArchitecture() {
        assertThat(MODULES.stream().map(module -> module.getIdentifier().toString()))
                .contains(
                        "framing",
                        "peer",
                        "inbound",
                        "events",
                        "kernel",
                        "cluster",
                        "delivery",
                        "query",
                        "transport",
                        "web");
    }

    /** A room keeps its own properties, metrics and health: no room is for leftovers. */
    @Test
    void hasNoRoomForLeftovers() {
        assertThat(MODULES.stream().flatMap(module -> module.getBasePackage().stream()))
                .isNotEmpty()
                .allSatisfy(
                        type ->
                                assertThat(type.getPackageName().split("\\."))
                                        .doesNotContain("config", "util", "common", "monitoring"));
    }

    /** Clocks of machines differ: nodes go by Redis' time, and by time that has passed. */
    @Test
    void noNodeComparesItsOwnClockWithAnothers() {
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

    /** A ProtocolHandler is what Boot passes to customizers, to set documented properties. */
    @Test
    void nothingUsesTheInternalsOfTomcat() {
        JavaClasses all =
                new ClassFileImporter()
                        .withImportOption(new ImportOption.DoNotIncludeTests())
                        .importPackages("io.switchboard..");
        ArchRuleDefinition.noClasses()
                .should()
                .dependOnClassesThat(
                        JavaClass.Predicates.resideInAnyPackage(
                                        "org.apache.coyote..", "org.apache.tomcat.util.net..")
                                .and(
                                        DescribedPredicate.not(
                                                JavaClass.Predicates.equivalentTo(
                                                        ProtocolHandler.class))))
                .check(all);
    }

    /** Services know neither how a request came nor what connects the nodes. */
    @Test
    void servicesKnowNeitherHttpNorRedis() {
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
}
