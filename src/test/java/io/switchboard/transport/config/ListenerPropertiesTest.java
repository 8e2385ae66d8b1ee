package io.switchboard.transport.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.re2j.Matcher;
import io.switchboard.framing.Framing;
import io.switchboard.framing.LineFraming;
import io.switchboard.framing.RawFraming;
import io.switchboard.net.Network;
import io.switchboard.net.OpenFiles;
import io.switchboard.peer.HalfClose;
import io.switchboard.peer.Identification;
import io.switchboard.peer.Identification.OnDuplicate;
import io.switchboard.peer.StreamEnd;
import io.switchboard.peer.Transport;
import io.switchboard.transport.config.InputStart.Telnet;
import jakarta.validation.ConstraintViolation;
import jakarta.validation.Validation;
import jakarta.validation.ValidatorFactory;
import java.net.InetAddress;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.util.unit.DataSize;

class ListenerPropertiesTest {

    private static ConfiguredListener configured(ListenerProperties properties) {
        TransportProperties all = new TransportProperties(Map.of("test", properties));
        OpenFiles files =
                OpenFiles.divide(20_000, new OpenFiles.HttpDemand(null, 1_000), all.connections());
        return all.listener("test", files);
    }

    @Test
    void onlyThePortMustBeSaid() {
        ListenerProperties listener = bind(Map.of("port", "8000"));
        assertThat(listener.transport()).isEqualTo(Transport.TCP);
        assertThat(listener.host()).isEqualTo("127.0.0.1");
        assertThat(listener.port()).isEqualTo(8000);
        assertThat(listener.backlog()).isEqualTo(4096);
        assertThat(configured(listener).in()).isEqualTo(LineFraming.LINE);
        assertThat(configured(listener).out()).isEqualTo(LineFraming.LINE);
        assertThat(listener.maxFrame()).isEqualTo(DataSize.ofKilobytes(64));
        assertThat(listener.frameDeadline()).isEqualTo(Duration.ofSeconds(60));
        assertThat(configured(listener).idleTimeout()).isEqualTo(Duration.ZERO);
        assertThat(configured(listener).maxConnections()).isEqualTo(20_000 - 512 - 1_000);
        assertThat(violations(listener)).isEmpty();
    }

    @Test
    void onlyLinesMayBeginWithATelnetCommandAnHttpRequestOrAMark() {
        assertThat(start(Map.of())).isEqualTo(new InputStart(Telnet.AUTO, true, true));
        for (String text : List.of("lf", "crlf")) {
            assertThat(start(Map.of("framing", text)))
                    .isEqualTo(new InputStart(Telnet.OFF, true, true));
        }
        assertThat(start(Map.of("framing", "length:2"))).isEqualTo(InputStart.NONE);
        assertThat(start(Map.of("telnet", "off", "refuse-http", "false", "skip-bom", "false")))
                .isEqualTo(InputStart.NONE);
        Map<String, String> all =
                Map.of(
                        "framing",
                        "raw",
                        "telnet",
                        "true",
                        "refuse-http",
                        "true",
                        "skip-bom",
                        "true");
        assertThat(start(all)).isEqualTo(new InputStart(Telnet.ON, true, true));
    }

    private static InputStart start(Map<String, String> keys) {
        Map<String, String> all = new HashMap<>(keys);
        all.put("port", "0");
        return configured(bind(all)).start();
    }

    @ParameterizedTest
    @CsvSource({"telnet, auto", "refuse-http, false", "skip-bom, true"})
    void datagramsHaveNoStart(String key, String value) {
        assertThatThrownBy(() -> bind(Map.of("port", "0", "transport", "udp", key, value)))
                .hasStackTraceContaining(
                        "%s is %s, and udp has no connections that begin: leave it out",
                        key, value);
    }

    @Test
    void aPatternInTheViewOfTextIsSearchedInTheCharset() {
        ListenerProperties listener =
                bind(Map.of("port", "0", "charset", "GBK", "identify.pattern", "^(?<name>京[A-Z])"));
        Matcher matcher =
                Objects.requireNonNull(configured(listener).identification().pattern())
                        .matcher(new byte[] {(byte) 0xbe, (byte) 0xa9, 'A', (byte) 0xff});
        assertThat(matcher.find()).isTrue();
        assertThat(matcher.group("name")).isEqualTo("京A");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    GBX            | line     | charset is 'GBX', which Java does not have: it takes a name such as UTF-8, GBK
                    ISO-2022-CN    | length:2 | charset is ISO-2022-CN, in which nothing can be sent
                    UTF-16LE       | crlf     | charset is UTF-16LE, in which a line feed is not the byte 0x0a, and framing crlf ends at that
                    """)
    void refusesACharsetInWhichItCannotSend(String charset, String framing, String error) {
        assertThatThrownBy(() -> bind(Map.of("port", "0", "charset", charset, "framing", framing)))
                .hasStackTraceContaining(error);
    }

    @Test
    void refusesATransportThatItCannotServe() {
        assertThatThrownBy(() -> bind(Map.of("port", "0", "transport", "tls")))
                .hasStackTraceContaining("transport is tls: it takes tcp, udp or unix");
    }

    @Test
    void datagramsAreFramesAndTheirAddressesAreForgotten() {
        ListenerProperties udp = bind(Map.of("port", "0", "transport", "udp"));
        assertThat(configured(udp).out()).isEqualTo(RawFraming.RAW);
        assertThat(configured(udp).idleTimeout()).isEqualTo(Duration.ofSeconds(60));
        assertThat(configured(udp).maxConnections()).isEqualTo(10_000);
        ListenerProperties said =
                bind(
                        Map.of(
                                "port", "0",
                                "transport", "udp",
                                "framing-out", "line",
                                "idle-timeout", "0s",
                                "max-connections", "20000"));
        assertThat(configured(said).out()).isEqualTo(LineFraming.LINE);
        assertThat(configured(said).idleTimeout()).isEqualTo(Duration.ZERO);
        assertThat(configured(said).maxConnections()).isEqualTo(20_000);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    udp | framing             | line           | framing is line, and of udp each datagram is a frame
                    udp | send-to             | 10.0.0.0/33    | send-to: /33 is not a prefix length of 10.0.0.0
                    udp | send-to             | example.org    | send-to: 'example.org' is not a network
                    udp | multicast-groups    | 10.0.0.1       | multicast-groups: '10.0.0.1' is no multicast address
                    udp | multicast-groups    | 239.1.2.3      | host is 127.0.0.1, and a socket that is bound to it gets nothing
                    udp | multicast-interface | eth0           | multicast-interface is eth0, and no group is joined on it
                    udp | receive-buffer      | 0B             | receive-buffer is 0B: it takes 1B
                    udp | half-close          | answer         | half-close is about the end of a stream, and transport udp has none: leave it out
                    udp | half-close-timeout  | 5s             | half-close-timeout is about the end of a stream
                    udp | at-end              | drop           | at-end is about the end of a stream
                    tcp | half-close          | later          | half-close
                    tcp | at-end              | keep           | at-end
                    tcp | send-to             | 10.0.0.0/8     | send-to is for transport udp, and this listener's is tcp
                    tcp | multicast-groups    | 239.1.2.3      | multicast-groups is for transport udp
                    tcp | multicast-interface | lo             | multicast-interface is for transport udp
                    tcp | receive-buffer      | 1MB            | receive-buffer is for transport udp
                    """)
    void refusesKeysThatItsTransportHasNoUseFor(
            String transport, String key, String value, String message) {
        assertThatThrownBy(() -> bind(Map.of("port", "0", "transport", transport, key, value)))
                .hasStackTraceContaining(message);
    }

    @Test
    void aUnixSocketHasAPathAndAMode() {
        ListenerProperties listener = bind(Map.of("transport", "unix", "path", "/run/s.sock"));
        assertThat(configured(listener).isUnix()).isTrue();
        assertThat(configured(listener).socketPath()).isEqualTo(Path.of("/run/s.sock"));
        assertThat(PosixFilePermissions.toString(configured(listener).socketMode()))
                .isEqualTo("rw-rw----");
        assertThat(
                        PosixFilePermissions.toString(
                                configured(
                                                bind(
                                                        Map.of(
                                                                "transport",
                                                                "unix",
                                                                "path",
                                                                "s",
                                                                "mode",
                                                                "0604")))
                                        .socketMode()))
                .isEqualTo("rw----r--");
    }

    @Test
    void saysWhatAnAddressNeeds() {
        assertThatThrownBy(() -> bind(Map.of("transport", "unix")))
                .hasStackTraceContaining("transport is unix and path is not set: it takes a path");
        assertThatThrownBy(() -> bind(Map.of("transport", "tcp")))
                .hasStackTraceContaining("port is not set: it takes 1 to 65535, or 0");
        assertThatThrownBy(() -> bind(Map.of("port", "1", "path", "/run/s.sock")))
                .hasStackTraceContaining("path is /run/s.sock and transport tcp");
        // what YAML makes of 0660
        assertThatThrownBy(() -> bind(Map.of("transport", "unix", "path", "s", "mode", "432")))
                .hasStackTraceContaining("mode is 432: it takes rw-rw---- or, in quotes");
    }

    @Test
    void tlsIsThereWhereABundleIsNamed() {
        assertThat(configured(bind(Map.of("port", "0"))).carrier()).isEqualTo(Transport.TCP);
        ListenerProperties secure = bind(Map.of("port", "0", "tls.bundle", "server"));
        assertThat(configured(secure).carrier()).isEqualTo(Transport.TLS);
        assertThat(secure.tls().clientAuth()).isEqualTo(TlsProperties.ClientAuth.NONE);
        assertThat(secure.identify().certificate()).isFalse();
        assertThat(
                        bind(Map.of("port", "0", "tls.bundle", "b", "tls.client-auth", "need"))
                                .tls()
                                .clientAuth())
                .isEqualTo(TlsProperties.ClientAuth.NEED);
    }

    @Test
    void refusesCertificatesWhereNobodyIsAskedForThem() {
        assertThatThrownBy(() -> bind(Map.of("port", "0", "tls.client-auth", "want")))
                .hasStackTraceContaining("tls.client-auth is want without TLS: set tls.bundle too");
        assertThatThrownBy(() -> bind(Map.of("port", "0", "tls.bundle", " ")))
                .hasStackTraceContaining("tls.bundle is empty");
        assertThatThrownBy(
                        () ->
                                bind(
                                        Map.of(
                                                "port",
                                                "0",
                                                "tls.bundle",
                                                "server",
                                                "identify.certificate",
                                                "true")))
                .hasStackTraceContaining("set tls.client-auth to want or need");
    }

    @Test
    void framesOutAsInUnlessSaid() {
        assertThat(configured(bind(Map.of("port", "0", "framing", "crlf"))).out())
                .isEqualTo(LineFraming.CRLF);
        ListenerProperties both =
                bind(Map.of("port", "0", "framing", "crlf", "framing-out", "raw"));
        assertThat(configured(both).in()).isEqualTo(LineFraming.CRLF);
        assertThat(configured(both).out()).isEqualTo(RawFraming.RAW);
    }

    @Test
    void sendsRawToPeersWhoseFramesAreOfSeveralKinds() {
        String choice = "fixed:1,start=0xff or length:2";
        assertThat(configured(bind(Map.of("port", "0", "framing", choice))).out())
                .isEqualTo(RawFraming.RAW);
        ListenerProperties both =
                bind(Map.of("port", "0", "framing", choice, "framing-out", "length:2"));
        assertThat(configured(both).out().word()).isEqualTo("length:2");
        assertThat(configured(both).in().word()).isEqualTo(choice);
        assertThatThrownBy(() -> bind(Map.of("port", "0", "framing-out", choice)))
                .hasStackTraceContaining(
                        "framing-out is 'fixed:1,start=0xff or length:2', and what is sent is"
                                + " framed in one way: it takes one of these alternatives, or raw");
    }

    @ParameterizedTest
    @ValueSource(strings = {"framing", "framing-out"})
    void refusesAnUnknownFramingAndListsTheKnownOnes(String key) {
        assertThatThrownBy(() -> bind(Map.of("port", "0", key, "lines")))
                .rootCause()
                .hasMessageStartingWith("unknown framing 'lines': known are line, lf, crlf, ");
        assertThatThrownBy(() -> bind(Map.of("port", "0", key, "lines")))
                .hasStackTraceContaining(key + ": unknown framing 'lines': known are ");
    }

    @Test
    void refusesABadValueOfAFramingAndSaysWhatWouldBeRight() {
        assertThatThrownBy(() -> bind(Map.of("port", "0", "framing", "length:5")))
                .hasStackTraceContaining(
                        "framing: framing 'length:5': '5' is not a width: it takes 1, 2, 3, 4,"
                                + " ascii1");
    }

    @Test
    void refusesFixedFramesThatMaxFrameWouldNeverPass() {
        assertThatThrownBy(() -> bind(Map.of("port", "0", "framing", "fixed:65537")))
                .rootCause()
                .hasMessage(
                        "framing is fixed:65537 and max-frame 65536B, which no frame would pass: it"
                                + " takes fixed:1 to fixed:65536, or max-frame 65537B");
        assertThat(configured(bind(Map.of("port", "0", "framing", "fixed:65536"))).in())
                .isEqualTo(Framing.of("fixed:65536"));
        assertThat(configured(bind(Map.of("port", "0", "framing-out", "fixed:65537"))).out().word())
                .as("max-frame is of what comes in")
                .isEqualTo("fixed:65537");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0B", "65MB", "67108865B"})
    void refusesAFrameLimitOutOfBoundsAndSaysTheBounds(String size) {
        assertThatThrownBy(() -> bind(Map.of("port", "0", "max-frame", size)))
                .rootCause()
                .hasMessageContaining("max-frame is " + DataSize.parse(size))
                .hasMessageContaining("it takes 1B to " + DataSize.ofMegabytes(64));
    }

    @Test
    void takesAFrameLimitAtItsBounds() {
        assertThatCode(
                        () -> {
                            bind(Map.of("port", "0", "max-frame", "1B"));
                            bind(Map.of("port", "0", "max-frame", "64MB"));
                        })
                .doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource({
        "port, -1",
        "port, 65536",
        "backlog, 0",
        "host, ''",
        "frame-deadline, 0s",
        "half-close-timeout, 0s",
        "max-connections, 0",
        "max-connections-per-address, 0",
        "idle-timeout, -1s"
    })
    void refusesValuesOutOfBounds(String key, String value) {
        Map<String, String> values =
                key.equals("port") ? Map.of(key, value) : Map.of("port", "0", key, value);
        assertThat(violations(bind(values))).hasSize(1);
    }

    @Test
    void answersHalfClosedPeersUnlessSaid() {
        StreamEnd usual = end(Map.of("port", "0"));
        assertThat(usual).isEqualTo(new StreamEnd(HalfClose.ANSWER, Duration.ofSeconds(10), null));
        assertThat(
                        end(
                                Map.of(
                                        "port", "0",
                                        "half-close", "open",
                                        "half-close-timeout", "1m",
                                        "at-end", "drop")))
                .isEqualTo(
                        new StreamEnd(HalfClose.OPEN, Duration.ofMinutes(1), StreamEnd.AtEnd.DROP));
        assertThatThrownBy(
                        () ->
                                bind(
                                        Map.of(
                                                "port", "0",
                                                "half-close", "close",
                                                "half-close-timeout", "1m")))
                .hasStackTraceContaining(
                        "half-close-timeout is 60s and half-close close, which leaves no peer half-closed");
    }

    private static @Nullable StreamEnd end(Map<String, String> values) {
        return configured(bind(values)).end();
    }

    @Test
    void expectsNoProxyUnlessSaid() {
        ListenerProperties listener = bind(Map.of("port", "0"));
        assertThat(listener.proxyProtocol()).isFalse();
        assertThat(listener.trustedProxies()).isEmpty();
        assertThat(listener.identify().proxyName()).isEqualTo(IdentifyProperties.ProxyName.NONE);
    }

    @Test
    void readsWhoseProxyHeadersAreBelieved() {
        ListenerProperties listener =
                bind(
                        Map.of(
                                "port", "0",
                                "proxy-protocol", "true",
                                "trusted-proxies", "10.0.0.0/8, ::1",
                                "identify.proxy-name", "ssl-cn"));
        assertThat(listener.trustedProxies())
                .containsExactly(Network.of("10.0.0.0/8"), Network.of("::1"));
        assertThat(listener.identify().proxyName()).isEqualTo(IdentifyProperties.ProxyName.SSL_CN);
    }

    @Test
    void refusesToBelieveEveryProxy() {
        assertThatThrownBy(() -> bind(Map.of("port", "0", "proxy-protocol", "true")))
                .rootCause()
                .hasMessage(
                        "proxy-protocol is true and trusted-proxies is not set: say whose headers"
                                + " are believed, such as trusted-proxies: 10.0.0.0/8");
    }

    @Test
    void refusesProxiesWithoutTheirProtocol() {
        assertThatThrownBy(() -> bind(Map.of("port", "0", "trusted-proxies", "10.0.0.0/8")))
                .rootCause()
                .hasMessage(
                        "trusted-proxies is [10.0.0.0/8] and proxy-protocol is not true: set that,"
                                + " or neither");
        assertThatThrownBy(() -> bind(Map.of("port", "0", "identify.proxy-name", "authority")))
                .rootCause()
                .hasMessage(
                        "identify.proxy-name is authority, which is about PROXY headers: it needs"
                                + " proxy-protocol: true");
    }

    @Test
    void refusesATrustedProxyThatIsNoNetwork() {
        assertThatThrownBy(
                        () ->
                                bind(
                                        Map.of(
                                                "port", "0",
                                                "proxy-protocol", "true",
                                                "trusted-proxies", "10.0.0.1/8")))
                .hasStackTraceContaining("trusted-proxies")
                .rootCause()
                .hasMessage(
                        "10.0.0.1 has bits set after its /8 prefix: it takes 10.0.0.0/8, or 10.0.0.1 alone");
    }

    @Test
    void readsHowPeersComeByNames() throws Exception {
        ListenerProperties listener =
                bind(
                        Map.of(
                                "port", "0",
                                "identify.pattern", "^(?<name>\\d+)",
                                "identify.reply", "\\x01ok",
                                "identify.deadline", "3s",
                                "identify.addresses.plc-1", "10.0.0.9",
                                "identify.addresses.six", "::1",
                                "on-duplicate", "replace",
                                "groups", "a,b",
                                "correlate", "#(\\d+)"));
        Identification identification = configured(listener).identification();
        assertThat(identification.pattern()).hasToString("^(?<name>\\d+)");
        assertThat(identification.consume()).isFalse();
        assertThat(identification.reply()).containsExactly(1, 'o', 'k', '\n');
        assertThat(identification.deadline()).isEqualTo(Duration.ofSeconds(3));
        assertThat(identification.addresses())
                .isEqualTo(
                        Map.of(
                                InetAddress.ofLiteral("10.0.0.9"), "plc-1",
                                InetAddress.ofLiteral("::1"), "six"));
        assertThat(identification.onDuplicate()).isEqualTo(OnDuplicate.REPLACE);
        assertThat(identification.groups()).containsExactly("a", "b");
        assertThat(configured(listener).correlation()).hasToString("#(\\d+)");
        assertThat(violations(listener)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "length:2, hex:01,   raw,      01",
        "length:2, hex:01ff, length:1, 0201ff",
        "line,     hex:01,   ,         010a",
        "line,     \\x68ex: , raw,      6865783a",
        "'fixed:1,start=0xff or length:2', hex:01, , 01"
    })
    void theReplyIsTextOrHexInAFramingOfItsOwn(
            String framing, String reply, @Nullable String replyFraming, String frame) {
        Map<String, String> values =
                new HashMap<>(
                        Map.of(
                                "port",
                                "0",
                                "framing",
                                framing,
                                "identify.pattern",
                                "(?<name>.+)",
                                "identify.reply",
                                reply));
        if (replyFraming != null) {
            values.put("identify.reply-framing", replyFraming);
        }
        assertThat(configured(bind(values)).identification().reply())
                .isEqualTo(HexFormat.of().parseHex(frame));
    }

    @Test
    void patternsAreSearchedInTheirViews() {
        ListenerProperties listener =
                bind(
                        Map.of(
                                "port", "0",
                                "identify.pattern", "^7878(?<name>\\d{2})",
                                "identify.view", "hex",
                                "correlate", "^(..)",
                                "correlate-view", "hex"));
        byte[] frame = {0x78, 0x78, 0x12};
        assertThat(
                        Objects.requireNonNull(configured(listener).identification().pattern())
                                .matcher(frame)
                                .find())
                .isTrue();
        Matcher key = Objects.requireNonNull(configured(listener).correlation()).matcher(frame);
        assertThat(key.find()).isTrue();
        assertThat(key.group(1)).isEqualTo("78");
    }

    @Test
    void unlessSaidNobodyIsNamedAndTheOldestQuestionIsAnswered() {
        Identification identification = configured(bind(Map.of("port", "0"))).identification();
        assertThat(identification.pattern()).isNull();
        assertThat(identification.reply()).isEmpty();
        assertThat(identification.addresses()).isEmpty();
        assertThat(identification.onDuplicate()).isEqualTo(OnDuplicate.ALLOW_BOTH);
        assertThat(configured(bind(Map.of("port", "0"))).correlation()).isNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            textBlock =
                    """
                    identify.pattern          | (a)      | identify.pattern '(a)' has no group called name
                    identify.consume          | true     | they need identify.pattern
                    identify.reply            | ok       | they need identify.pattern
                    identify.view             | hex      | they need identify.pattern
                    identify.reply-framing    | raw      | identify.reply-framing is raw, and there is no identify.reply
                    correlate-view            | hex      | correlate-view is hex and correlate fifo, which looks into no frame
                    identify.deadline         | 1s       | they need identify.pattern
                    identify.addresses.a      | host     | identify.addresses.a is 'host': it takes an IP address
                    identify.addresses.all    | 10.0.0.1 | identify.addresses: the name 'all'
                    groups                    | a/b      | groups: a group must not contain the character '/' (U+002F)
                    correlate                 | #        | correlate is '#', which has no group: it takes fifo
                    correlate                 | (        | correlate is neither fifo nor a regular expression: '(' is no valid pattern: missing closing )
                    correlate                 | (#)\\1   | correlate is neither fifo nor a regular expression: '(#)\\1' is no valid pattern: '\\1' is refused: RE2/J has no back-references
                    identify.pattern          | (?=a)    | '(?=a)' is no valid pattern: '(?=' is refused: RE2/J has no look-ahead
                    """)
    void refusesWhatNobodyCouldBeNamedBy(String key, String value, String message) {
        assertThatThrownBy(() -> bind(Map.of("port", "0", key, value)))
                .hasStackTraceContaining(message);
    }

    @Test
    void refusesAReplyThatIsNoFrame() {
        String pattern = "(?<name>.+)";
        assertThatThrownBy(
                        () ->
                                bind(
                                        Map.of(
                                                "port", "0",
                                                "identify.pattern", pattern,
                                                "identify.reply", "a\\nb")))
                .hasStackTraceContaining(
                        "identify.reply cannot be a frame of line: byte 1 of the payload");
        assertThatThrownBy(
                        () ->
                                bind(
                                        Map.of(
                                                "port", "0",
                                                "identify.pattern", pattern,
                                                "identify.reply", "\\q")))
                .hasStackTraceContaining(
                        "identify.reply: '\\q' does not begin with a known escape");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    hex:0   | raw      | identify.reply: '0' after hex: is not two hex digits per byte
                    ok      | lines    | identify.reply-framing: unknown framing 'lines'
                    ok      | fixed:1  | identify.reply cannot be a frame of fixed:1
                    ok      | fixed:1,start=0xff or line | identify.reply cannot be a frame of
                    """)
    void refusesAReplyThatItsFramingCannotCarry(String reply, String framing, String message) {
        assertThatThrownBy(
                        () ->
                                bind(
                                        Map.of(
                                                "port",
                                                "0",
                                                "identify.pattern",
                                                "(?<name>.+)",
                                                "identify.reply",
                                                reply,
                                                "identify.reply-framing",
                                                framing)))
                .hasStackTraceContaining(message);
    }

    @Test
    void refusesOneAddressForTwo() {
        assertThatThrownBy(
                        () ->
                                bind(
                                        Map.of(
                                                "port", "0",
                                                "identify.addresses.a", "10.0.0.9",
                                                "identify.addresses.b", "10.0.0.9")))
                .hasStackTraceContaining("identify.addresses: 10.0.0.9 is the address of both '");
    }

    @ParameterizedTest
    @CsvSource({"1000, , 250", "1000, 7, 7", "3, , 1", "1, , 1"})
    void oneAddressGetsAQuarterUnlessSaid(int all, @Nullable Integer said, int limit) {
        ListenerProperties listener =
                said == null
                        ? bind(Map.of("port", "0", "max-connections", String.valueOf(all)))
                        : bind(
                                Map.of(
                                        "port",
                                        "0",
                                        "max-connections",
                                        String.valueOf(all),
                                        "max-connections-per-address",
                                        said.toString()));
        assertThat(configured(listener).maxConnections()).isEqualTo(all);
        assertThat(configured(listener).maxConnectionsPerAddress()).isEqualTo(limit);
    }

    @Test
    void validatesEveryListenerOfTheMap() {
        TransportProperties all =
                new TransportProperties(
                        Map.of(
                                "good",
                                bind(Map.of("port", "0")),
                                "bad",
                                bind(Map.of("port", "-1"))));
        try (ValidatorFactory factory = Validation.buildDefaultValidatorFactory()) {
            assertThat(factory.getValidator().validate(all))
                    .extracting(each -> each.getPropertyPath().toString())
                    .containsExactly("listeners[bad].port");
            assertThat(factory.getValidator().validate(new TransportProperties(Map.of())))
                    .isNotEmpty();
        }
    }

    private static ListenerProperties bind(Map<String, String> values) {
        return new Binder(List.of(new MapConfigurationPropertySource(values)))
                .bindOrCreate("", ListenerProperties.class);
    }

    private static Set<ConstraintViolation<ListenerProperties>> violations(
            ListenerProperties listener) {
        try (ValidatorFactory factory = Validation.buildDefaultValidatorFactory()) {
            return factory.getValidator().validate(listener);
        }
    }
}
