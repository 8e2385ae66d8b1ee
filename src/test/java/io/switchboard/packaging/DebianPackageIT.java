package io.switchboard.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.Child;
import io.switchboard.testkit.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The package that the profile {@code deb} has built; nothing is installed. */
@Tag("system")
class DebianPackageIT {
    private static final Pattern OPERATOR_PAGE = Pattern.compile("curl localhost:(\\d+)/peers");
    private static final String UNIT = "usr/lib/systemd/system/switchboard.service";
    private static final String CONFIGURATION = "etc/switchboard/application.yaml";

    @TempDir private static Path root;

    private static String deb = "";

    @BeforeAll
    static void extract() throws Exception {
        if (!Boolean.getBoolean("deb.built")) {
            throw Programs.absent("there is no Debian package: add -Pdeb to the command");
        }
        Programs.require("dpkg-deb", "dpkg");
        deb = "target/switchboard_%s_all.deb".formatted(debianVersion());
        run("dpkg-deb", "--extract", deb, root.toString());
    }

    /** A version before a release is less than that of the release: the tilde sorts before it. */
    private static String debianVersion() throws IOException {
        return ProjectVersion.read().replace("-SNAPSHOT", "~SNAPSHOT");
    }

    private static String run(String... command) throws Exception {
        try (Child child = Child.startWithErrors(command)) {
            assertThat(child.awaitExit()).as(child.output()).isZero();
            return child.output();
        }
    }

    @Test
    void statesItsVersionAndWhatItNeeds() throws Exception {
        assertThat(run("dpkg-deb", "--field", deb, "Package", "Version", "Architecture", "Depends"))
                .isEqualTo(
                        """
                        Package: switchboard
                        Version: %s
                        Architecture: all
                        Depends: adduser, openjdk-25-jre-headless | java25-runtime-headless
                        """
                                .formatted(debianVersion()));
    }

    @Test
    void hasTheFilesThatTheUnitNamesAndKeepsTheConfigurationAtAnUpgrade() throws Exception {
        assertThat(run("dpkg-deb", "--contents", deb).lines())
                .filteredOn(line -> !line.startsWith("d"))
                .map(line -> line.replaceAll("^(\\S+ \\S+) .* \\./", "$1 "))
                .containsExactlyInAnyOrder(
                        "-rw-r--r-- root/root usr/share/switchboard/switchboard.jar",
                        "-rwxr-xr-x root/root usr/lib/switchboard/java",
                        "-rw-r--r-- root/root " + UNIT,
                        "-rw-r----- root/root " + CONFIGURATION);
        assertThat(run("dpkg-deb", "--info", deb, "conffiles").strip())
                .isEqualTo("/" + CONFIGURATION);
        assertThat(
                        Files.mismatch(
                                root.resolve("usr/share/switchboard/switchboard.jar"),
                                Path.of("target/switchboard.jar")))
                .isEqualTo(-1);
    }

    @Test
    void systemdAcceptsTheUnitAndRatesItsExposureAsOk() throws Exception {
        Programs.require("systemd-analyze", "systemd");
        String unit = Files.readString(root.resolve(UNIT));
        // systemd-analyze checks that the programs exist
        Path here = root.resolve("switchboard.service");
        Files.writeString(
                here, unit.replace("/usr/lib/switchboard/", root + "/usr/lib/switchboard/"));
        assertThat(run("systemd-analyze", "verify", "--man=no", here.toString())).isEmpty();
        run("systemd-analyze", "security", "--offline=true", "--threshold=20", here.toString());
    }

    /** Runs the command of the unit with the files of the package. */
    @Test
    void theCommandOfTheUnitStartsTheServiceWithTheConfigurationOfThePackage() throws Exception {
        Path configuration = root.resolve(CONFIGURATION);
        Files.writeString(
                configuration,
                Files.readString(configuration)
                        .replace("port: 8000", "port: 0")
                        .replace("port: 8080", "port: 0"));
        try (Child service = Child.startWithErrors(command())) {
            service.awaitOutput("Started SwitchboardApplication");
            Matcher page = OPERATOR_PAGE.matcher(service.output());
            assertThat(page.find()).as(service.output()).isTrue();
            Api api = new Api(Integer.parseInt(page.group(1)));
            assertThat(api.get("/actuator/info").json().at("/build/version").asString())
                    .isEqualTo(ProjectVersion.read());

            // the signal of the unit's ExecReload, with the jar's own class loader
            Files.writeString(
                    configuration,
                    Files.readString(configuration)
                            .replace("  data:\n", "    more: {port: 0}\n  data:\n"));
            service.hangUp();
            service.awaitOutput("listener more: opened at 127.0.0.1:");
        }
    }

    private static String[] command() throws IOException {
        String line;
        try (Stream<String> lines = Files.lines(root.resolve(UNIT))) {
            line = lines.filter(each -> each.startsWith("ExecStart=")).findFirst().orElseThrow();
        }
        List<String> inside = List.of("/usr/lib/", "/usr/share/", "/etc/");
        for (String each : inside) {
            line = line.replace(each, root + each);
        }
        return Stream.concat(
                        // a JVM that was started with SIGHUP ignored, as by nohup, cannot handle it
                        Stream.of(
                                "env",
                                "--default-signal=HUP",
                                "JAVA_HOME=" + System.getProperty("java.home")),
                        Arrays.stream(line.substring("ExecStart=".length()).split(" ")))
                .toArray(String[]::new);
    }
}
