package io.switchboard.http.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.testkit.Child;
import io.switchboard.testkit.ChildService;
import io.switchboard.testkit.RawHttp;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The log lines about access control, and the settings that stop the start. */
class AdminStartIT {
    private static final String SECRET = "hush-0123456789abcdef";

    @TempDir private Path directory;

    @Test
    void logsOneWarningIfNoTokenIsSet() throws Exception {
        try (ChildService service = ChildService.start()) {
            assertThat(service.logged(" WARN "))
                    .singleElement()
                    .asString()
                    .contains("no admin token is set", "SWITCHBOARD_ADMIN_TOKEN");
            assertThat(service.process().output()).doesNotContainIgnoringCase("password");
        }
    }

    @Test
    void readsATokenFromAFileWithoutItsLineEnd() throws Exception {
        Path file = Files.writeString(directory.resolve("token"), SECRET + "\r\n");
        try (ChildService service =
                ChildService.start(
                        "switchboard.admin.token-file=" + file,
                        "switchboard.admin.auth=required")) {
            assertThat(service.logged(" WARN ")).isEmpty();
            assertThat(service.logged("HTTP requires the admin token")).hasSize(1);
            RawHttp http = new RawHttp(service.api().port());
            assertThat(http.ask("GET", "/peers").status()).isEqualTo(401);
            assertThat(http.ask("GET", "/peers", "Authorization: Bearer " + SECRET).status())
                    .isEqualTo(200);
            assertThat(service.process().output()).doesNotContain(SECRET);
        }
    }

    @Test
    void requiredWithoutATokenStopsTheStart() throws Exception {
        assertThat(failedStart("switchboard.admin.auth=required"))
                .contains("switchboard.admin.auth=required, and no token is set")
                .contains("Set switchboard.admin.token (SWITCHBOARD_ADMIN_TOKEN)");
    }

    @Test
    void aTokenThatIsTooShortStopsTheStartAndIsNotPrinted() throws Exception {
        assertThat(failedStart("switchboard.admin.token=hush-0123456789"))
                .contains("switchboard.admin.token: the token has 15 characters")
                .contains("openssl rand -hex 24")
                .doesNotContain("hush-");
    }

    @Test
    void aFileThatCannotBeReadStopsTheStart() throws Exception {
        Path file = directory.resolve("none");
        assertThat(failedStart("switchboard.admin.read-token-file=" + file))
                .contains("switchboard.admin.read-token-file=" + file)
                .contains("NoSuchFileException");
    }

    private static String failedStart(String... properties) throws Exception {
        List<String> arguments = new ArrayList<>();
        arguments.add("--server.port=0");
        arguments.add("--switchboard.listeners.default.port=0");
        for (String property : properties) {
            arguments.add("--" + property);
        }
        try (Child service = Child.service(arguments)) {
            assertThat(service.awaitExit()).isNotZero();
            return service.output();
        }
    }
}
