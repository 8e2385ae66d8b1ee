package io.switchboard.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.peer.FakeLink;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerSession;
import io.switchboard.query.PeerFinder.PeerRow;
import jakarta.validation.Validation;
import java.net.InetSocketAddress;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class PeerRowTest {
    private final FakeLink link = new FakeLink();
    private final PeerSession session =
            PeerFixtures.registry().open(PeerFixtures.listener("default"), link);

    @Test
    void omitsProxyAndTlsOfAPlainConnection() {
        JsonNode row = row();
        assertThat(row.has("proxy")).isFalse();
        assertThat(row.has("tls")).isFalse();
        assertThat(row.has("name")).isTrue();
        assertThat(row.has("socket")).isFalse();
        assertThat(row.has("readAt")).as("for tables only").isFalse();
    }

    @Test
    void showsTheProxyAfterTheTwoAddresses() {
        link.client(new InetSocketAddress("192.0.2.7", 53_412));
        assertThat(row().toString())
                .contains(
                        """
                        "peername":{"host":"192.0.2.7","port":53412},"sockname":{"host":"127.0.0.1","port":8000},"proxy":{"host":"127.0.0.1","port":40001},"state":\
                        """
                                .strip());
    }

    private JsonNode row() {
        JsonMapper.Builder builder = JsonMapper.builder();
        new HttpConfiguration(
                        new RequestBinder(
                                Validation.buildDefaultValidatorFactory().getValidator(),
                                HttpFixtures.BODY))
                .json()
                .customize(builder);
        return builder.build()
                .valueToTree(new PeerRow(session.snapshot(), null, null, Instant.now()));
    }
}
