package io.switchboard;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import java.time.Clock;
import java.time.Instant;
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
                .contains("framing", "peer", "inbound", "delivery", "transport", "web");
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
}
