package io.switchboard.cluster.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.switchboard.testkit.Child;
import io.switchboard.testkit.Programs;
import java.io.IOException;
import java.util.List;

/**
 * A network namespace behind a bridge, whose link can be cut without notice to either end: no RST,
 * no ICMP, and no loss of carrier. It consists of a veth pair and a bridge only, so that nothing
 * tracks connections. It needs root.
 */
public final class CutNetwork implements AutoCloseable {
    /** An address of the documentation range (RFC 5737), which no real host has. */
    private static final String HOST_ADDRESS = "198.51.100.1";

    private static final String CLIENT_ADDRESS = "198.51.100.2";

    private final String tag = "sb" + ProcessHandle.current().pid() % 100_000;
    private final String bridge = tag + "b";
    private final String port = tag + "p";
    private final String inside = tag + "i";

    private CutNetwork() {}

    /** Creates the network, or aborts the test with a message that says what is missing. */
    public static CutNetwork make() throws IOException, InterruptedException {
        Programs.require("ip", "iproute2");
        Programs.require("bridge", "iproute2");
        Programs.require("python3", "python3");
        CutNetwork network = new CutNetwork();
        assumeTrue(
                succeeds("ip netns add " + network.tag),
                "network namespaces cannot be made here: be root");
        try {
            network.connect();
        } catch (IOException | InterruptedException | Error e) {
            network.close();
            throw e;
        }
        return network;
    }

    private void connect() throws IOException, InterruptedException {
        run("ip link add " + bridge + " type bridge");
        run("ip address add " + HOST_ADDRESS + "/24 dev " + bridge);
        run("ip link set " + bridge + " up");
        run("ip link add " + port + " type veth peer name " + inside);
        run("ip link set " + port + " master " + bridge + " up");
        run("ip link set " + inside + " netns " + tag);
        run("ip netns exec " + tag + " ip address add " + CLIENT_ADDRESS + "/24 dev " + inside);
        run("ip netns exec " + tag + " ip link set " + inside + " up");
    }

    /** Returns the address of the host on the bridge, to which a service can be bound. */
    public String address() {
        return HOST_ADDRESS;
    }

    /** Starts a client inside the namespace, which prints the text that it reads. */
    public Child client(int servicePort) throws IOException {
        String python =
                """
                import socket
                sk = socket.create_connection(('%s', %d))
                while True:
                    data = sk.recv(1024)
                    if not data: break
                    print(str(data, 'utf8'), flush=True)
                """
                        .formatted(HOST_ADDRESS, servicePort);
        return Child.start("ip", "netns", "exec", tag, "python3", "-c", python);
    }

    /** Drops all packets in both directions from now on. */
    public void cut() throws IOException, InterruptedException {
        run("bridge link set dev " + port + " state 0");
    }

    @Override
    public void close() throws IOException {
        try {
            for (String command :
                    List.of(
                            "ip link del " + port,
                            "ip link del " + bridge,
                            "ip netns del " + tag)) {
                succeeds(command);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void run(String command) throws IOException, InterruptedException {
        assertThat(succeeds(command)).as(command).isTrue();
    }

    private static boolean succeeds(String command) throws IOException, InterruptedException {
        try (Child child = Child.start("bash", "-c", command)) {
            return child.awaitExit() == 0;
        }
    }
}
