package io.switchboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** A peer whose network is cut without a word, in a network namespace of the test's own. */
@Tag("netns")
class HalfOpenIT {
    /** Of the documentation's range (RFC 5737): nobody's. */
    private static final String OURS = "198.51.100.1";

    private static final String THEIRS = "198.51.100.2";
    private static final Duration WRITE_DEADLINE = Duration.ofSeconds(4);

    private final String tag = "sb" + ProcessHandle.current().pid() % 100_000;
    private final String bridge = tag + "b";
    private final String port = tag + "p";
    private final String inside = tag + "i";

    @AfterEach
    void removeTheNetwork() throws Exception {
        for (String command :
                List.of("ip link del " + port, "ip link del " + bridge, "ip netns del " + tag)) {
            try (Child child = Child.start("bash", "-c", command)) {
                child.awaitExit();
            }
        }
    }

    @Test
    void isClosedWhenItAcknowledgesNothing() throws Exception {
        Programs.require("ip", "iproute2");
        Programs.require("bridge", "iproute2");
        Programs.require("python3", "python3");
        assumeTrue(
                succeeds("ip netns add " + tag), "network namespaces cannot be made here: be root");
        makeTheNetwork();
        try (ChildService service =
                        ChildService.start(
                                "switchboard.listeners.default.host=" + OURS,
                                "switchboard.outbox.write-deadline="
                                        + WRITE_DEADLINE.toSeconds()
                                        + "s");
                Child peer = client(service.port())) {
            service.api().awaitTotal(1);
            String id = service.api().peers().getFirst().get("id").asString();
            String sent = "/send?to=" + id + "&wait=acked&timeout=";
            assertThat(service.api().post(sent + "5s", "before").status()).isEqualTo(200);
            peer.awaitOutput("before");

            run("bridge link set dev " + port + " state 0");
            assertThat(service.api().post(sent + "500ms", "lost").status()).isEqualTo(202);

            await("the sweep finds it")
                    .atMost(WRITE_DEADLINE.plusSeconds(10))
                    .until(() -> service.api().total() == 0);
            JsonNode facts = service.api().peer(id);
            assertThat(facts.get("closeReason").asString()).isEqualTo("unacknowledged");
            assertThat(peer.isAlive()).isTrue();
        }
    }

    private void makeTheNetwork() throws Exception {
        run("ip link add " + bridge + " type bridge");
        run("ip address add " + OURS + "/24 dev " + bridge);
        run("ip link set " + bridge + " up");
        run("ip link add " + port + " type veth peer name " + inside);
        run("ip link set " + port + " master " + bridge + " up");
        run("ip link set " + inside + " netns " + tag);
        run("ip netns exec " + tag + " ip address add " + THEIRS + "/24 dev " + inside);
        run("ip netns exec " + tag + " ip link set " + inside + " up");
    }

    private Child client(int servicePort) throws Exception {
        String python =
                """
                import socket
                sk = socket.create_connection(('%s', %d))
                while True:
                    data = sk.recv(1024)
                    if not data: break
                    print(str(data, 'utf8'), flush=True)
                """
                        .formatted(OURS, servicePort);
        return Child.start("ip", "netns", "exec", tag, "python3", "-c", python);
    }

    private static void run(String command) throws Exception {
        assertThat(succeeds(command)).as(command).isTrue();
    }

    private static boolean succeeds(String command) throws Exception {
        try (Child child = Child.start("bash", "-c", command)) {
            return child.awaitExit() == 0;
        }
    }
}
