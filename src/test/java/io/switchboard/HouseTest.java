package io.switchboard;

import static org.assertj.core.api.Assertions.assertThat;

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
}
