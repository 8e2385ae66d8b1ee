package io.switchboard.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.switchboard.framing.Framing;
import io.switchboard.framing.Lines;
import io.switchboard.framing.Raw;
import io.switchboard.peer.Identification;
import io.switchboard.peer.Identification.OnDuplicate;
import io.switchboard.peer.Network;
import io.switchboard.peer.Transport;
import jakarta.validation.ConstraintViolation;
import jakarta.validation.Validation;
import jakarta.validation.ValidatorFactory;
import java.net.InetAddress;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
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

    @Test
    void onlyThePortMustBeSaid() {
        ListenerProperties listener = bind(Map.of("port", "8000"));
        assertThat(listener.transport()).isEqualTo(Transport.TCP);
        assertThat(listener.host()).isEqualTo("127.0.0.1");
        assertThat(listener.port()).isEqualTo(8000);
        assertThat(listener.backlog()).isEqualTo(4096);
        assertThat(listener.in()).isEqualTo(Lines.LINE);
        assertThat(listener.out()).isEqualTo(Lines.LINE);
        assertThat(listener.maxFrame()).isEqualTo(DataSize.ofKilobytes(64));
        assertThat(listener.frameDeadline()).isEqualTo(Duration.ofSeconds(60));
        assertThat(listener.idleLimit()).isEqualTo(Duration.ZERO);
        assertThat(listener.connectionLimit()).isEqualTo(OpenFiles.connectionLimit());
        assertThat(violations(listener)).isEmpty();
    }

    @Test
    void refusesATransportThatItCannotServe() {
        assertThatThrownBy(() -> bind(Map.of("port", "0", "transport", "tls")))
                .hasStackTraceContaining("transport is tls: it takes tcp, udp or unix");
    }

    @Test
    void datagramsAreFramesAndTheirAddressesAreForgotten() {
        ListenerProperties udp = bind(Map.of("port", "0", "transport", "udp"));
        assertThat(udp.out()).isEqualTo(Raw.RAW);
        assertThat(udp.idleLimit()).isEqualTo(Duration.ofSeconds(60));
        assertThat(udp.connectionLimit()).isEqualTo(Math.min(10_000, OpenFiles.connectionLimit()));
        ListenerProperties said =
                bind(
                        Map.of(
                                "port", "0",
                                "transport", "udp",
                                "framing-out", "line",
                                "idle-timeout", "0s",
                                "max-connections", "20000"));
        assertThat(said.out()).isEqualTo(Lines.LINE);
        assertThat(said.idleLimit()).isEqualTo(Duration.ZERO);
        assertThat(said.connectionLimit()).isEqualTo(20_000);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    udp | framing             | line           | framing is line, and of udp each datagram is a frame
                    udp | send-to             | 10.0.0.0/33    | send-to: /33 is no prefix of 10.0.0.0
                    udp | send-to             | example.org    | send-to: 'example.org' is no network
                    udp | multicast-groups    | 10.0.0.1       | multicast-groups: '10.0.0.1' is no multicast address
                    udp | multicast-groups    | 239.1.2.3      | host is 127.0.0.1, and a socket that is bound to it gets nothing
                    udp | multicast-interface | eth0           | multicast-interface is eth0, and no group is joined on it
                    udp | receive-buffer      | 0B             | receive-buffer is 0B: it takes 1B
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
        assertThat(listener.isUnix()).isTrue();
        assertThat(listener.socketPath()).isEqualTo(Path.of("/run/s.sock"));
        assertThat(PosixFilePermissions.toString(listener.socketMode())).isEqualTo("rw-rw----");
        assertThat(
                        PosixFilePermissions.toString(
                                bind(Map.of("transport", "unix", "path", "s", "mode", "0604"))
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
        assertThat(bind(Map.of("port", "0")).carrier()).isEqualTo(Transport.TCP);
        ListenerProperties secure = bind(Map.of("port", "0", "tls.bundle", "server"));
        assertThat(secure.carrier()).isEqualTo(Transport.TLS);
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
        assertThat(bind(Map.of("port", "0", "framing", "crlf")).out()).isEqualTo(Lines.CRLF);
        ListenerProperties both =
                bind(Map.of("port", "0", "framing", "crlf", "framing-out", "raw"));
        assertThat(both.in()).isEqualTo(Lines.CRLF);
        assertThat(both.out()).isEqualTo(Raw.RAW);
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
        assertThatThrownBy(() -> bind(Map.of("port", "0", "framing", "length:3")))
                .hasStackTraceContaining(
                        "framing: framing 'length:3': '3' is no width: it takes 1, 2, 4 or ascii1");
    }

    @Test
    void refusesFixedFramesThatMaxFrameWouldNeverPass() {
        assertThatThrownBy(() -> bind(Map.of("port", "0", "framing", "fixed:65537")))
                .rootCause()
                .hasMessage(
                        "framing is fixed:65537 and max-frame 65536B, which no frame would pass: it"
                                + " takes fixed:1 to fixed:65536, or max-frame 65537B");
        assertThat(bind(Map.of("port", "0", "framing", "fixed:65536")).in())
                .isEqualTo(Framing.of("fixed:65536"));
        assertThat(bind(Map.of("port", "0", "framing-out", "fixed:65537")).out().word())
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
                        "10.0.0.1 has bits behind its /8: it takes 10.0.0.0/8, or 10.0.0.1 alone");
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
        Identification identification = listener.identification();
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
        assertThat(listener.correlation()).hasToString("#(\\d+)");
        assertThat(violations(listener)).isEmpty();
    }

    @Test
    void unlessSaidNobodyIsNamedAndTheOldestQuestionIsAnswered() {
        Identification identification = bind(Map.of("port", "0")).identification();
        assertThat(identification.pattern()).isNull();
        assertThat(identification.reply()).isEmpty();
        assertThat(identification.addresses()).isEmpty();
        assertThat(identification.onDuplicate()).isEqualTo(OnDuplicate.ALLOW_BOTH);
        assertThat(bind(Map.of("port", "0")).correlation()).isNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    identify.pattern          | (a)      | identify.pattern '(a)' has no group called name
                    identify.consume          | true     | they need identify.pattern
                    identify.reply            | ok       | they need identify.pattern
                    identify.deadline         | 1s       | they need identify.pattern
                    identify.addresses.a      | host     | identify.addresses.a is 'host': it takes an IP address
                    identify.addresses.all    | 10.0.0.1 | identify.addresses: the name 'all'
                    groups                    | a/b      | groups: a group with the character '/' (U+002F)
                    correlate                 | #        | correlate is '#', which has no group: it takes fifo
                    correlate                 | (        | correlate is neither fifo nor a regular expression
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
                .hasStackTraceContaining("identify.reply: '\\q' begins with no escape");
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
        assertThat(listener.connectionLimit()).isEqualTo(all);
        assertThat(listener.connectionLimitPerAddress()).isEqualTo(limit);
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
