package io.switchboard.docs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.Child;
import io.switchboard.testkit.DeviceStream;
import io.switchboard.testkit.FreePort;
import io.switchboard.testkit.Programs;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.config.YamlPropertiesFactoryBean;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/**
 * Runs the recipes of the documentation, and those in the guides, as they are shown: the
 * configuration of a listener and the back end, to which the device's stream is sent. Only ports
 * are replaced.
 */
@WithService
class RecipesIT {
    private static final Pattern SECTION =
            Pattern.compile(
                    "(?ms)^## ([^\n]+)\n(?:(?!^## ).)*?^```yaml\n(.*?)^```$(?:(?!^## ).)*?^```python\n(.*?)^```$");

    /** The guides that contain a recipe, each in several sections. */
    private static final List<Path> GUIDES =
            Stream.of("trackers", "hl7", "laboratory")
                    .map(name -> Path.of("src/docs/guides", name + ".md"))
                    .toList();

    private static final Pattern GUIDE =
            Pattern.compile("(?ms)\\A# ([^\n]+)\n.*?^```yaml\n(.*?)^```$.*?^```python\n(.*?)^```$");
    private static final Pattern LISTENER =
            Pattern.compile("^switchboard\\.listeners\\.([^.]+)\\..+");
    private static final HexFormat HEX = HexFormat.of();
    private static final List<Recipe> RECIPES = read();

    private final RunningService service;
    private final Api api;

    RecipesIT(@Autowired RunningService service) {
        this.service = service;
        this.api = service.api();
    }

    /**
     * A section of the page, or a guide.
     *
     * @param port the port of its back end
     */
    private record Recipe(String title, Properties configuration, String backEnd, int port) {

        static Recipe of(MatchResult section) {
            YamlPropertiesFactoryBean yaml = new YamlPropertiesFactoryBean();
            yaml.setResources(new ByteArrayResource(section.group(2).getBytes(ISO_8859_1)));
            return new Recipe(
                    section.group(1),
                    Objects.requireNonNull(yaml.getObject()),
                    section.group(3),
                    FreePort.find());
        }

        List<String> listeners() {
            return configuration.stringPropertyNames().stream()
                    .map(key -> LISTENER.matcher(key).replaceFirst("$1"))
                    .distinct()
                    .toList();
        }

        Child start(Path folder) throws IOException {
            Path file = Files.writeString(folder.resolve("recipe.py"), backEnd);
            Child child = Child.start("python3", file.toString(), Integer.toString(port));
            await("the back end listens").until(this::isListening);
            return child;
        }

        private boolean isListening() {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return socket.isConnected();
            } catch (IOException e) {
                return false;
            }
        }
    }

    /**
     * A device and what it is answered.
     *
     * @param more messages that the device sends behind its stream, in hex
     * @param answers all answers, in hex; a dot stands for any digit
     */
    private record Case(String listener, String device, List<String> more, String answers) {

        Case(String listener, String device, String... answers) {
            this(listener, device, List.of(), String.join("", answers));
        }

        Case then(String message, String answer) {
            return new Case(
                    listener,
                    device,
                    Stream.concat(more.stream(), Stream.of(message)).toList(),
                    answers + answer);
        }

        DeviceStream stream() {
            return DeviceStream.all().stream()
                    .filter(each -> each.device().equals(device))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("no stream of " + device));
        }

        @Override
        public String toString() {
            return device;
        }
    }

    static List<Case> cases() {
        return List.of(
                new Case("gt06", "GT06 / Concox", "787805010001d9dc0d0a", "787805130002db6a0d0a")
                        .then("78780a13440604000200038f4f0d0a", ""), // a wrong CRC
                new Case("teltonika", "Teltonika Codec 8", "01", "00000001")
                        .then("000000000000000508020000030000bc7d", "00000000"),
                new Case(
                        "jt808",
                        "JT/T 808 (Chinese vehicles, Huabao)",
                        "7e810000070139000000010001000100746f6b31fe7e",
                        "7e8001000501390000000100020002000200bf7e",
                        "7e80010005013900000001007d02007d02010200be7e"),
                new Case("galileosky", "Galileosky", "027351", "026b42"),
                new Case("ruptela", "Ruptela", "0002640113bc", "0002640113bc")
                        .then("000b0001476acc83b611010000cff1", "000264000235"),
                new Case("queclink", "Queclink GL200/GV", ascii("+SACK:GTHBD,,0002$")),
                new Case("wondex", "Wondex / TK5000", "d0d70100b9820100", "d0d70100b9820100"),
                new Case("intellitrac", "IntelliTrac", "faf80700fb60333c", "faf80700fb60333c"),
                new Case(
                                "smpp",
                                "SMPP 3.4",
                                "0000001c800000020000000000000001" + ascii("switchboard\0"),
                                "00000010800000150000000000000002",
                                "00000010800000060000000000000003")
                        .then(
                                "00000010000000990000000000000004",
                                "00000010800000000000000300000004"),
                new Case(
                        "opcua",
                        "OPC UA TCP",
                        "41434b461c0000000000000000000100000001000000000000000000"),
                new Case(
                        "iec104",
                        "IEC 60870-5-104",
                        "68040b000000",
                        "680483000000",
                        "680401000200"),
                new Case(
                        "hl7",
                        "HL7 MLLP",
                        ascii(
                                "\u000bMSH|^~\\&|B|C|LAB|A|##############||ACK|17|P|2.5\rMSA|AA|17\r"),
                        "1c0d",
                        ascii(
                                "\u000bMSH|^~\\&|B|C|LAB|A|##############||ACK|18|P|2.5\rMSA|AA|18\r"),
                        "1c0d"),
                new Case("astm", "ASTM E1381 / LIS01 laboratory", "06", "06", "06")
                        .then(HEX.formatHex("\u0002P|1\u000301\r\n".getBytes(ISO_8859_1)), "15"),
                new Case(
                        "iso8583-bcd",
                        "ISO 8583 with TPDU and BCD length",
                        "0031",
                        "60000000030810202000000280000099000000001730305445524d30303031"),
                new Case(
                        "iso8583",
                        "ISO 8583 two-byte binary length",
                        "001f",
                        "60000000030810202000000280000099000000001730305445524d30303031"),
                new Case("fix", "FIX 4.x", fix(59, "35=A|34=1|", "98=0|108=30|"))
                        .then(
                                HEX.formatHex(
                                        "8=FIX.4.4|9=54|35=1|34=3|49=DEV1|52=20260102-03:05:05|56=GATE|112=t1|10=000|"
                                                .replace('|', '\u0001')
                                                .getBytes(ISO_8859_1)),
                                fix(54, "35=0|34=2|", "112=t1|")),
                new Case("mqtt", "MQTT", "20020000", "d000")
                        .then("320800036f2f62000a78", "4002000a"));
    }

    private static String fix(int length, String begin, String end) {
        return ascii(
                "8=FIX.4.4|9=%d|%s49=GATE|52=########-##:##:##|56=DEV1|%s10=###|"
                        .formatted(length, begin, end)
                        .replace('|', '\u0001'));
    }

    /** Returns text in hex, in which {@code #} stands for a digit. */
    private static String ascii(String text) {
        return HEX.formatHex(text.getBytes(ISO_8859_1)).replaceAll("\\G((?:..)*?)23", "$13.");
    }

    private static List<Recipe> read() {
        try {
            List<Recipe> recipes =
                    new ArrayList<>(readAll(SECTION, Path.of("src/docs/recipes.md")));
            for (Path guide : GUIDES) {
                recipes.addAll(readAll(GUIDE, guide));
            }
            return List.copyOf(recipes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Recipe> readAll(Pattern pattern, Path page) throws IOException {
        return pattern.matcher(Files.readString(page)).results().map(Recipe::of).toList();
    }

    private static Recipe recipe(String listener) {
        return RECIPES.stream()
                .filter(each -> each.listeners().contains(listener))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no recipe with the listener " + listener));
    }

    @DynamicPropertySource
    static void listeners(DynamicPropertyRegistry properties) {
        for (Recipe recipe : RECIPES) {
            recipe.configuration()
                    .forEach((key, value) -> properties.add((String) key, () -> value));
            for (String listener : recipe.listeners()) {
                String key = "switchboard.listeners." + listener;
                properties.add(key + ".port", () -> "0");
                if (recipe.configuration().containsKey(key + ".webhook.url")) {
                    properties.add(
                            key + ".webhook.url", () -> "http://127.0.0.1:" + recipe.port() + "/");
                }
            }
        }
        properties.add("switchboard.listeners.modbus.identify.addresses.plc-1", () -> "127.0.0.1");
    }

    @Test
    void everySectionIsTested() throws IOException {
        List<String> titles =
                new ArrayList<>(
                        Files.readAllLines(Path.of("src/docs/recipes.md")).stream()
                                .filter(line -> line.startsWith("## "))
                                .map(line -> line.substring(3))
                                .toList());
        for (Path guide : GUIDES) {
            titles.add(Files.readAllLines(guide).getFirst().substring(2));
        }
        assertThat(RECIPES).extracting(Recipe::title).containsExactlyElementsOf(titles);
        List<String> tested = new ArrayList<>(cases().stream().map(Case::listener).toList());
        tested.addAll(List.of("modbus", "prompt"));
        assertThat(RECIPES.stream().flatMap(recipe -> recipe.listeners().stream()))
                .containsExactlyInAnyOrderElementsOf(tested);
    }

    @Test
    void everyReplyThatADeviceExpectsComesFromARecipe() {
        assertThat(DeviceStream.all().stream().filter(each -> each.computedReply() != null))
                .isNotEmpty()
                .allSatisfy(
                        device ->
                                assertThat(cases())
                                        .filteredOn(each -> each.device().equals(device.device()))
                                        .singleElement()
                                        .extracting(Case::answers)
                                        .asString()
                                        .startsWith(device.computedReply()));
    }

    /** A recipe has the framing and the pattern of the table. */
    @ParameterizedTest
    @MethodSource("cases")
    void theTableHasTheSameConfiguration(Case each) throws IOException {
        Properties configuration = recipe(each.listener()).configuration();
        String key = "switchboard.listeners." + each.listener();
        String row =
                Files.readAllLines(Path.of("src/docs/devices.md")).stream()
                        .filter(line -> line.startsWith("| " + each.device() + " |"))
                        .collect(Collectors.joining());
        String framing = configuration.getProperty(key + ".framing");
        assertThat(row).contains("| `" + framing + "` |");
        if (each.stream().name() != null && configuration.containsKey(key + ".identify.view")) {
            assertThat(row)
                    .contains(
                            "| `%s` `%s` |"
                                    .formatted(
                                            configuration.getProperty(key + ".identify.view"),
                                            configuration.getProperty(key + ".identify.pattern")));
        }
        assertThat(row).containsPattern("]\\((recipes\\.md#|guides/)");
    }

    @ParameterizedTest
    @MethodSource("cases")
    void answersTheDevice(Case each, @TempDir Path folder) throws Exception {
        Programs.require("python3", "python3");
        DeviceStream stream = each.stream();
        try (Child _ = recipe(each.listener()).start(folder);
                RawClient device = RawClient.connect(service.port(each.listener()))) {
            String id = api.idOf(device);
            device.send(stream.bytes());
            for (String message : each.more()) {
                device.send(HEX.parseHex(message));
            }
            byte[] answers = device.read(each.answers().length() / 2);
            assertThat(HEX.formatHex(answers)).matches(each.answers());
            if (each.listener().equals("fix")) {
                assertThat(new String(answers, ISO_8859_1).split("(?<=\u000110=...\u0001)", -1))
                        .filteredOn(message -> !message.isEmpty())
                        .allSatisfy(RecipesIT::assertChecksum);
            }
            assertThat(api.peer(id).path("name").asString(null))
                    .isEqualTo(isNamed(each) ? stream.name() : null);

            int messages = stream.frames().size() + each.more().size();
            await("all messages are answered").until(() -> posted(each.listener()) == messages);
            api.post("/send?framing=raw&to=" + id, "end");
            assertThat(new String(device.read(3), ISO_8859_1))
                    .as("nothing follows the answers")
                    .isEqualTo("end");
        }
        api.awaitTotal(0);
    }

    private static boolean isNamed(Case each) {
        return recipe(each.listener())
                .configuration()
                .containsKey("switchboard.listeners." + each.listener() + ".identify.pattern");
    }

    private static void assertChecksum(String message) {
        int end = message.indexOf("\u000110=") + 1;
        int sum = message.substring(0, end).chars().sum() % 256;
        assertThat(message.substring(end)).isEqualTo("10=%03d\u0001".formatted(sum));
    }

    private int posted(String listener) {
        return api.get("/actuator/prometheus")
                .body()
                .lines()
                .filter(line -> line.startsWith("switchboard_webhook_posted_events_total{"))
                .filter(line -> line.contains("listener=\"" + listener + "\""))
                .mapToInt(line -> (int) Double.parseDouble(line.substring(line.indexOf('}') + 1)))
                .sum();
    }

    @Test
    void readsRegistersOfAModbusDevice(@TempDir Path folder) throws Exception {
        Programs.require("python3", "python3");
        Path script = Files.writeString(folder.resolve("modbus.py"), recipe("modbus").backEnd());
        String url = "http://127.0.0.1:" + api.port();
        try (RawClient plc = RawClient.connect(service.port("modbus"))) {
            api.idOf(plc);
            try (Child asks = Child.start("python3", script.toString(), "plc-1", "0", "2", url)) {
                String question = HEX.formatHex(plc.read(12));
                assertThat(question).matches("....00000006010300000002");
                plc.send(HEX.parseHex(question.substring(0, 4) + "0000000701030404d2162e"));
                assertThat(asks.awaitExit()).isZero();
                assertThat(asks.output()).isEqualTo("1234 5678\n");
            }
        }
        api.awaitTotal(0);
    }

    @Test
    void promptsForALine(@TempDir Path folder) throws Exception {
        Programs.require("python3", "python3");
        try (Child _ = recipe("prompt").start(folder);
                RawClient person = RawClient.connect(service.port("prompt"))) {
            String id = api.idOf(person);
            assertAnswer(person, "commands: date help who");
            person.send("who\r\n");
            assertAnswer(person, "you are " + id);
            person.send("sing\r\n");
            assertAnswer(person, "there is no command 'sing', try help");
        }
        api.awaitTotal(0);
    }

    @Test
    void promptsAtATerminalWithTelnet(@TempDir Path folder) throws Exception {
        Programs.require("python3", "python3");
        Programs.require("telnet", "telnet");
        Programs.require("script", "bsdutils");
        String command = "telnet 127.0.0.1 " + service.port("prompt");
        try (Child _ = recipe("prompt").start(folder);
                Child telnet = Child.start("script", "-qec", command, "/dev/null")) {
            telnet.awaitOutput("commands: date help who\r\n> ");
            telnet.type("who\r");
            telnet.awaitOutput("> who\r\nyou are ");
            telnet.type("sing\r");
            telnet.awaitOutput("> sing\r\nthere is no command 'sing', try help\r\n> ");
        }
        api.awaitTotal(0);
    }

    private static void assertAnswer(RawClient person, String answer) throws IOException {
        assertThat(person.readLine()).isEqualTo(answer + "\r");
        assertThat(new String(person.read(2), ISO_8859_1)).isEqualTo("> ");
    }
}
