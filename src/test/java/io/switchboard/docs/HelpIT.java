package io.switchboard.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.framing.Framing;
import io.switchboard.testkit.Child;
import io.switchboard.testkit.ChildService;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The output of --help, and the log lines at the start. */
class HelpIT {
    private static final Pattern SETTING = Pattern.compile("(?m)^  --switchboard\\.(\\S+?)=(\\S+)");

    private static String help() throws Exception {
        try (Child child = Child.service(List.of("--help"))) {
            assertThat(child.awaitExit()).isZero();
            return child.output();
        }
    }

    /** A setting that the help shows without a value. */
    private static final String TOKEN = "switchboard.admin.token=0123456789abcdef";

    /** The service starts with each setting and value that the help shows. */
    @Test
    void helpNamesValidSettingsAndDoesNotStartTheService() throws Exception {
        String help = help();
        assertThat(help).doesNotContain("Started").contains("--server.port=8080");
        assertThat(help.lines()).allMatch(line -> line.length() <= 120);
        Stream<String> named =
                SETTING.matcher(help)
                        .results()
                        .filter(setting -> !setting.group().matches(".*(NAME$|URL$|=N$|TOKEN$)"))
                        .filter(setting -> !setting.group(1).equals("listeners.default.port"))
                        .map(HelpIT::usable);
        List<String> settings = Stream.concat(named, Stream.of(TOKEN)).toList();
        assertThat(settings).hasSizeGreaterThan(8);
        try (ChildService service = ChildService.start(settings.toArray(String[]::new))) {
            assertThat(service.logged(" ERROR ")).isEmpty();
        }
        for (String framing : List.of("crlf", "nul", "stx-etx", "mllp", "length:2", "raw")) {
            assertThat(help).contains(framing);
            assertThat(Framing.of(framing)).isNotNull();
        }
    }

    /** Returns the setting for an existing listener name and a free port. */
    private static String usable(MatchResult setting) {
        String key = "switchboard." + setting.group(1).replace("NAME", "more");
        return key + "=" + (key.endsWith(".port") ? "0" : setting.group(2));
    }

    @Test
    void threeLogLinesShowTheListenersTheOperatorPageAndTheAccessControl() throws Exception {
        try (ChildService service =
                ChildService.start(
                        "switchboard.listeners.meters.transport=udp",
                        "switchboard.listeners.meters.port=0")) {
            List<String> lines =
                    service.process()
                            .output()
                            .lines()
                            .dropWhile(line -> !line.contains(": ready: "))
                            .limit(3)
                            .toList();
            assertThat(lines.get(0))
                    .contains("nc 127.0.0.1 " + service.port() + " (default)")
                    .contains("nc -u 127.0.0.1 " + service.port("meters") + " (meters)");
            assertThat(lines.get(1))
                    .contains("look: http://localhost:" + service.api().port() + "/");
            assertThat(lines.get(2)).contains("access control: no admin token is set");
        }
    }
}
