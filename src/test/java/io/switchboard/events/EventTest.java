package io.switchboard.events;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.peer.FakeLink;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.Transport;
import java.io.StringWriter;
import java.net.UnixDomainSocketAddress;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.json.JsonMapper;

class EventTest {

    @Test
    void theEventOfAUnixPeerHasItsPath() {
        PeerSession session =
                PeerFixtures.registry()
                        .open(
                                PeerFixtures.listener("local", Transport.UNIX),
                                new FakeLink(
                                        FakeLink.TAKES_ALL, UnixDomainSocketAddress.of("/tmp/c")));
        Event event =
                new Event(
                        1, EventType.CONNECTED, 0, EventPeer.of(session), null, false, null, null);
        StringWriter text = new StringWriter();
        try (JsonGenerator out = JsonMapper.shared().createGenerator(text)) {
            event.write(out, null, session.peername());
        }
        assertThat(text.toString())
                .endsWith("\"listener\":\"local\",\"peername\":{\"path\":\"/tmp/c\"}}}");
    }
}
