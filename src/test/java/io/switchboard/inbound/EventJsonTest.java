package io.switchboard.inbound;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.peer.FakeLink;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.Transport;
import java.io.StringWriter;
import java.net.UnixDomainSocketAddress;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.json.JsonMapper;

class EventJsonTest {

    @Test
    void aPeerWithoutAnIpAddressIsToldByItsPath() {
        PeerSession session =
                PeerFixtures.registry()
                        .open(
                                PeerFixtures.listener("local", Transport.UNIX),
                                new FakeLink(
                                        FakeLink.TAKES_ALL, UnixDomainSocketAddress.of("/tmp/c")));
        EventJson event =
                new EventJson(
                        1,
                        EventType.CONNECTED,
                        Instant.now(),
                        null,
                        session.id(),
                        null,
                        "local",
                        session.peername(),
                        null,
                        null,
                        null);
        StringWriter text = new StringWriter();
        try (JsonGenerator out = JsonMapper.shared().createGenerator(text)) {
            event.write(out);
        }
        assertThat(text.toString())
                .endsWith("\"listener\":\"local\",\"peername\":{\"path\":\"/tmp/c\"}}}");
    }
}
