package io.switchboard.transport.udp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.TestPropertySource;
import tools.jackson.databind.JsonNode;

/** A listener that has joined multicast groups on the loopback interface. */
@WithService
@TestPropertySource(
        properties = {
            "switchboard.listeners.group.transport=udp",
            "switchboard.listeners.group.host=0.0.0.0",
            "switchboard.listeners.group.port=0",
            "switchboard.listeners.group.multicast-groups=239.255.77.1,239.255.77.2",
            "switchboard.listeners.group.multicast-interface=lo"
        })
class UdpMulticastIT {
    private final RunningService service;

    UdpMulticastIT(@Autowired RunningService service) {
        this.service = service;
    }

    @Test
    void datagramToAGroupIsReceivedFromItsSender() throws Exception {
        Api api = service.api();
        try (DatagramChannel client = DatagramChannel.open(StandardProtocolFamily.INET)) {
            client.setOption(
                    StandardSocketOptions.IP_MULTICAST_IF, NetworkInterface.getByName("lo"));
            client.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            for (String group : new String[] {"239.255.77.1", "239.255.77.2"}) {
                client.send(
                        ByteBuffer.wrap(new byte[] {'h', 'i'}),
                        new InetSocketAddress(InetAddress.ofLiteral(group), service.port("group")));
            }
            int port = ((InetSocketAddress) client.getLocalAddress()).getPort();
            String id = api.awaitPeer(port).get("id").asString();
            await().until(() -> api.peer(id).at("/received/messages").asInt() == 2);
            JsonNode peer = api.peer(id);
            assertThat(peer.at("/peername/host").asString()).isEqualTo("127.0.0.1");
            assertThat(api.post("/send?to=" + id, "you too").status()).isEqualTo(200);
            ByteBuffer reply = ByteBuffer.allocate(100);
            client.receive(reply);
            assertThat(reply.position()).isEqualTo("you too".length());
        }
    }
}
