package io.switchboard;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.framing.Framing;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the program says of itself: --help, and the lines at its start. */
class HelpIT {
    private static final Pattern SETTING = Pattern.compile("(?m)^  --switchboard\\.(\\S+?)=(\\S+)");

    private static String help() throws Exception {
        try (Child child = Child.service(List.of("--help"))) {
            assertThat(child.awaitExit()).isZero();
            return child.output();
        }
    }

    /** Any, of those that are shown without a value. */
    private static final String TOKEN = "switchboard.admin.token=0123456789abcdef";

    /** Each setting that it names is taken with the value that it shows. */
    @Test
    void helpNamesSettingsThatThereAreAndStartsNothing() throws Exception {
        String help = help();
        assertThat(help).doesNotContain("Started").contains("--server.port=8080");
        assertThat(help.lines()).allMatch(line -> line.length() <= 120);
        Stream<String> named =
                SETTING.matcher(help)
                        .results()
                        .filter(setting -> !setting.group().matches(".*(NAME$|URL$|=N$|TOKEN$)"))
                        .filter(setting -> !setting.group(1).equals("listeners.default.port"))
                        .map(HelpIT::ready);
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

    /** On a port that is free, for a listener that can be. */
    private static String ready(MatchResult setting) {
        String key = "switchboard." + setting.group(1).replace("NAME", "more");
        return key + "=" + (key.endsWith(".port") ? "0" : setting.group(2));
    }

    @Test
    void threeLinesSayWhereToConnectWhereToLookAndHowToLockIt() throws Exception {
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
            assertThat(lines.get(2)).contains("lock: no admin token is set");
        }
    }
}
