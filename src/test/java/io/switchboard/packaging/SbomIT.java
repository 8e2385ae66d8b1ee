package io.switchboard.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import tools.jackson.databind.JsonNode;

/** The service publishes its software bill of materials. */
@WithService
class SbomIT {
    @Autowired private RunningService service;

    @Test
    void namesEveryLibraryWithItsVersion() {
        JsonNode bom = service.api().get("/actuator/sbom/application").json();
        assertThat(bom.get("bomFormat").asString()).isEqualTo("CycloneDX");
        assertThat(bom.at("/metadata/component/name").asString()).isEqualTo("switchboard");
        List<String> libraries =
                bom.get("components")
                        .valueStream()
                        .map(each -> each.get("name").asString() + " " + each.has("version"))
                        .toList();
        assertThat(libraries)
                .contains("tomcat-embed-core true", "spring-integration-ip true")
                .allMatch(library -> library.endsWith(" true"))
                .noneMatch(library -> library.startsWith("junit"));
    }
}
