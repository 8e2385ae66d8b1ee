package io.switchboard.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Child;
import io.switchboard.testkit.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The receiver is socat, because the JDK cannot receive Unix datagrams. */
class NotifySocketTest {
    private static final String STATE = "READY=1\nSTATUS=one";

    @TempDir private Path folder;

    @Test
    void sendsOneDatagramToThePath() throws Exception {
        Programs.require("socat", "socat");
        Path path = folder.resolve("notify");
        try (Child receiver = Child.start("socat", "-u", "UNIX-RECVFROM:" + path, "-")) {
            await("socat listens").until(() -> Files.exists(path));
            NotifySocket.send(path.toString(), STATE);
            assertThat(receiver.awaitExit()).isZero();
            assertThat(receiver.output()).isEqualTo(STATE);
        }
    }

    @Test
    void sendsOneDatagramToTheAbstractName() throws Exception {
        Programs.require("socat", "socat");
        String name = "switchboard-" + UUID.randomUUID();
        try (Child receiver = Child.start("socat", "-u", "ABSTRACT-RECVFROM:" + name, "-")) {
            await("socat listens")
                    .until(() -> Files.readString(Path.of("/proc/net/unix")).contains("@" + name));
            NotifySocket.send("@" + name, STATE);
            assertThat(receiver.awaitExit()).isZero();
            assertThat(receiver.output()).isEqualTo(STATE);
        }
    }

    @Test
    void saysWhyNothingWasSent() {
        assertThatThrownBy(() -> NotifySocket.send(folder.resolve("absent").toString(), STATE))
                .isInstanceOf(IOException.class)
                .hasMessage("connect: No such file or directory (errno 2)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "@", "run/notify", "vsock:2:1234"})
    void refusesAnAddressThatIsNotOne(String address) {
        assertThatThrownBy(() -> NotifySocket.send(address, STATE))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("absolute path or @NAME");
    }

    /** The kernel would cut the path, and the datagram could reach another socket. */
    @Test
    void refusesAPathThatTheKernelCannotTake() {
        String longest = "/" + "x".repeat(106);
        assertThatThrownBy(() -> NotifySocket.send(longest, STATE)).hasMessageContaining("errno 2");
        assertThatThrownBy(() -> NotifySocket.send(longest + "x", STATE))
                .hasMessageContaining("fewer than 108 bytes");
    }
}
