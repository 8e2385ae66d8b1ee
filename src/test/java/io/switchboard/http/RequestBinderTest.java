package io.switchboard.http;

import static io.switchboard.http.problem.Refusals.assertRefused;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.delivery.Target;
import io.switchboard.http.peers.DialController;
import io.switchboard.http.peers.PeersController;
import io.switchboard.peer.Reach;
import io.switchboard.peer.Transport;
import io.switchboard.peer.dial.Dialler;
import io.switchboard.query.PeerChange;
import io.switchboard.query.PeerFilter;
import io.switchboard.query.PeerSort;
import jakarta.validation.Validation;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.http.HttpStatus;

class RequestBinderTest {
    private final RequestBinder binder =
            new RequestBinder(
                    Validation.buildDefaultValidatorFactory().getValidator(), HttpFixtures.BODY);

    private <T> T body(String json, Class<T> type) {
        return binder.body(json.replace('\'', '"').getBytes(UTF_8), type);
    }

    @Test
    void bindsAQueryToEachRecordThatHasItsParameters() {
        String query = "state=any&name=a%2Bb&transport=tls&q=%20&sort=-rtt&limit=7&socket";
        assertThat(binder.query(query, PeerFilter.class))
                .isEqualTo(
                        new PeerFilter(
                                PeerFilter.State.ANY, "a+b", null, null, Transport.TLS, " "));
        assertThat(binder.query(query, PeersController.Paging.class))
                .isEqualTo(new PeersController.Paging(PeerSort.parse("-rtt"), 7, null, true));
        assertThat(binder.query(null, PeerFilter.class)).isEqualTo(PeerFilter.of(null, null));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "limit=0|limit=0: it takes 1 to 1000",
                "limit=1001|limit=1001: it takes 1 to 1000",
                "limit=x|limit='x': it takes 1 to 1000",
                "limit=|limit='': it takes 1 to 1000",
                "socket=yes|socket='yes': it takes true or false",
                "sort=age|sort='age': known are connectedAt, ",
            })
    void refusesAnInvalidQuery(String query, String detail) {
        assertRefused(
                () -> binder.query(query, PeersController.Paging.class),
                HttpStatus.BAD_REQUEST,
                detail);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "state=shut|state='shut': known are open, half-closed, closed and any",
                "transport=carrier|transport='carrier': unknown transport 'carrier': known are tcp",
            })
    void refusesAnInvalidFilter(String query, String detail) {
        assertRefused(() -> binder.query(query, PeerFilter.class), HttpStatus.BAD_REQUEST, detail);
    }

    @Test
    void bindsABody() {
        PeersController.CloseMany close =
                body("{'to': 'all', 'exclude': ['group:a']}", PeersController.CloseMany.class);
        assertThat(close.to()).containsExactly(new Target.All());
        assertThat(close.exclude()).containsExactly(new Target.OfGroup("a"));
        DialController.Dial dial =
                body("{'host':'h','port':1,'timeout':'200ms'}", DialController.Dial.class);
        assertThat(dial.timeout()).isEqualTo(Duration.ofMillis(200));
        assertThat(dial.toRequest(Reach.ALL).keep()).isFalse();
    }

    @Test
    void distinguishesANullFieldFromAnAbsentOne() {
        assertThat(body("{}", PeersController.Change.class).toChange())
                .isEqualTo(new PeerChange(null, null, null, null, null, null, null));
        assertThat(
                        body(
                                        "{'name': null, 'idleTimeout': null, 'groups': []}",
                                        PeersController.Change.class)
                                .toChange())
                .isEqualTo(
                        new PeerChange(
                                PeerChange.NO_NAME,
                                List.of(),
                                null,
                                null,
                                Duration.ZERO,
                                null,
                                null));
        assertThat(
                        body("{'name': 'x', 'idleTimeout': '5s'}", PeersController.Change.class)
                                .toChange())
                .isEqualTo(
                        new PeerChange("x", null, null, null, Duration.ofSeconds(5), null, null));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{'naem': 'x'}|unknown field 'naem': known are groups, idleTimeout, keepAlive",
                "{'name': 5}|name=5: it takes a string",
                "{'name': ['a']}|name=[\"a\"]: it takes a string",
                "{'groups': 'a'}|groups='a': it takes a list of strings",
                "{'groups': [1]}|groups=[1]: it takes a list of strings",
                "{'groups': null}|groups=null: it takes a list of strings",
                "{'noDelay': 'true'}|noDelay='true': it takes true or false",
                "{'noDelay': 1}|noDelay=1: it takes true or false",
                "{'keepAlive': null}|keepAlive=null: it takes true or false",
                "{'idleTimeout': 5}|idleTimeout=5: it takes a string",
                "{'idleTimeout': '5'}|idleTimeout='5': it takes a duration such as 200ms",
                "{'name': 'a', 'name': 'b'}|the body is not JSON",
                "{'name': 'a'} x|the body is not JSON",
                "[]|the body is not a JSON object",
                "{|the body is not JSON",
            })
    void refusesAnInvalidBody(String json, String detail) {
        assertRefused(
                () -> body(json, PeersController.Change.class), HttpStatus.BAD_REQUEST, detail);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{'port': 1}|'host' is missing: it takes a name or an address",
                "{'host': ' ', 'port': 1}|host=' ': it takes a name or an address",
                "{'host': 'h'}|'port' is missing: it takes 1 to 65535",
                "{'host': 'h', 'port': 0}|port=0: it takes 1 to 65535",
                "{'host': 'h', 'port': 65536}|port=65536: it takes 1 to 65535",
                "{'host': 'h', 'port': '80'}|port='80': it takes 1 to 65535",
                "{'host': 'h', 'port': 8.5}|port=8.5: it takes 1 to 65535",
                "{'host': 'h', 'port': 99999999999}|port=99999999999: it takes 1 to 65535",
                "{'host': 'h', 'port': 1, 'timeout': '0s'}|timeout='0s': it takes 1ms to 1m",
                "{'host': 'h', 'port': 1, 'timeout': '61s'}|timeout='61s': it takes 1ms to 1m",
                "{'host': 'h', 'port': 1, 'tls': 1}|tls=1: it takes true, false or the name",
                "{'host': 'h', 'port': 1, 'tls': ' '}|tls=' ': it takes true, false or the name",
                "{'host': 'h', 'port': 1, 'first': 'x'}|first='x': it takes an object with one of text, hex and base64",
                "{'host': 'h', 'port': 1, 'first': {}}|first={}: it takes an object",
                "{'host': 'h', 'port': 1, 'first': {'txt': 'x'}}|it takes an object",
                "{'host': 'h', 'port': 1, 'first': {'text': 'x', 'hex': '00'}}|it takes an object",
                "{'host': 'h', 'port': 1, 'first': {'text': 5}}|it takes an object",
                "{'host': 'h', 'port': 1, 'first': {'hex': '0'}}|hex cannot be decoded",
            })
    void refusesAnInvalidConnectRequest(String json, String detail) {
        assertRefused(() -> body(json, DialController.Dial.class), HttpStatus.BAD_REQUEST, detail);
    }

    @Test
    void bindsTlsAndTheFirstMessage() {
        DialController.Dial plain =
                body("{'host': 'h', 'port': 1, 'tls': false}", DialController.Dial.class);
        assertThat(plain.toRequest(Reach.ALL).tls()).isNull();
        assertThat(plain.toRequest(Reach.ALL).first()).isNull();
        DialController.Dial trusted =
                body(
                        "{'host': 'h', 'port': 1, 'tls': true, 'first': {'text': 'ü'}}",
                        DialController.Dial.class);
        assertThat(trusted.toRequest(Reach.ALL).tls()).isEqualTo(new Dialler.Tls(null));
        assertThat(trusted.toRequest(Reach.ALL).first()).containsExactly(0xC3, 0xBC);
        DialController.Dial bundle =
                body(
                        "{'host': 'h', 'port': 1, 'tls': 'lab', 'first': {'hex': '0aff'}}",
                        DialController.Dial.class);
        assertThat(bundle.toRequest(Reach.ALL).tls()).isEqualTo(new Dialler.Tls("lab"));
        assertThat(bundle.toRequest(Reach.ALL).first()).containsExactly(0x0A, 0xFF);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{}|'to' is missing",
                "{'to': []}|to=[]: it takes the peers to close",
                "{'to': 5}|to=5: it takes a string or a list of strings",
                "{'to': ['group:']}|to=[\"group:\"]: 'group:' is no target",
            })
    void refusesInvalidTargets(String json, String detail) {
        assertRefused(
                () -> body(json, PeersController.CloseMany.class), HttpStatus.BAD_REQUEST, detail);
    }

    /** A tree of JSON takes 40 times the memory of its text. */
    @Test
    void refusesMoreTokensThanARequestNeeds() {
        assertRefused(
                () ->
                        body(
                                "{'name':[" + "{},".repeat(30_000) + "{}]}",
                                PeersController.Change.class),
                HttpStatus.BAD_REQUEST,
                "has more than 50000 tokens");
    }

    @Test
    void refusesNestingThatCouldExhaustTheStack() {
        assertRefused(
                () -> body("{'name':" + "[".repeat(10_000), PeersController.Change.class),
                HttpStatus.BAD_REQUEST,
                "nested deeper than 16");
    }

    @Test
    void bindsAParameterWhoseNameIsAMethodOfObject() {
        assertThat(binder.query("wait=5s", PeersController.MessagesQuery.class).timeout())
                .isEqualTo(Duration.ofSeconds(5));
        assertRefused(
                () -> binder.query("wait=6m", PeersController.MessagesQuery.class),
                HttpStatus.BAD_REQUEST,
                "wait='6m': it takes 0s to 5m");
    }
}
