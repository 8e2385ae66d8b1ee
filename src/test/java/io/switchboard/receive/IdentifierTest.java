package io.switchboard.receive;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.peer.CloseReason;
import io.switchboard.peer.FakeLink;
import io.switchboard.peer.Identification;
import io.switchboard.peer.Identification.OnDuplicate;
import io.switchboard.peer.LinearPattern;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdentifierTest {
    private final PeerRegistry registry = PeerFixtures.registry();
    private final Identifier identifier = new Identifier(registry);
    private final FakeLink link = new FakeLink();

    private PeerSession open(String pattern, boolean consume, String reply, OnDuplicate policy) {
        Identification identification =
                new Identification(
                        LinearPattern.of(pattern),
                        consume,
                        reply.getBytes(UTF_8),
                        Duration.ZERO,
                        Map.of(),
                        policy,
                        List.of());
        return registry.open(PeerFixtures.listener("l", identification), link);
    }

    private PeerSession open(String pattern) {
        return open(pattern, false, "", OnDuplicate.ALLOW_BOTH);
    }

    private boolean says(PeerSession session, String text) {
        return identifier.consumes(new MessageBatch(session, 1), text.getBytes(UTF_8));
    }

    @Test
    void aFrameThatMatchesThePatternNamesThePeer() {
        PeerSession session = open("^(?<name>\\d{15})");
        assertThat(says(session, "356938035643809,51.5,-0.1")).isFalse();
        assertThat(session.name()).isEqualTo("356938035643809");
        assertThat(session.groups()).isEmpty();
        assertThat(link.text()).isEmpty();
    }

    @Test
    void onlyTheFirstMatchingFrameNamesThePeer() {
        PeerSession session = open("^id=(?<name>\\w+)");
        says(session, "hello");
        assertThat(session.name()).isNull();
        says(session, "id=a");
        says(session, "id=b");
        assertThat(session.name()).isEqualTo("a");
    }

    @Test
    void thePatternCanAlsoContainAGroup() {
        PeerSession session = open("(?<group>[a-z]+)-(?<name>\\d+)");
        says(session, "truck-7");
        assertThat(session.name()).isEqualTo("7");
        assertThat(session.groups()).containsExactly("truck");
    }

    @Test
    void aGroupThatDoesNotMatchAddsNoGroup() {
        PeerSession session = open("(?:(?<group>[a-z]+)-)?(?<name>\\d+)");
        says(session, "7");
        assertThat(session.name()).isEqualTo("7");
        assertThat(session.groups()).isEmpty();
    }

    @Test
    void consumesTheFrameAndRepliesIfConfigured() {
        PeerSession session = open("(?<name>\\d+)", true, "OK\n", OnDuplicate.ALLOW_BOTH);
        assertThat(says(session, "x")).isFalse();
        assertThat(says(session, "7")).isTrue();
        assertThat(says(session, "8")).isFalse();
        assertThat(link.text()).isEqualTo("OK\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"all", "group:x", "4kdtwq-17", "a/b", "a\u001b[2Jb", " "})
    void closesAPeerWithAnInvalidName(String name) {
        PeerSession session = open("^(?<name>.*)$");
        says(session, name);
        assertThat(session.closeReason()).contains(CloseReason.NOT_IDENTIFIED);
        assertThat(link.text()).startsWith("error not_identified: ").doesNotContain("\u001b");
        assertThat(session.name()).isNull();
    }

    @Test
    void closesAPeerWithAnInvalidGroup() {
        PeerSession session = open("^(?<group>.*)-(?<name>.*)$");
        says(session, "a/b-7");
        assertThat(session.closeReason()).contains(CloseReason.NOT_IDENTIFIED);
        assertThat(session.name()).isNull();
    }

    @Test
    void invalidUtf8IsNotAName() {
        PeerSession session = open("^(?<name>.+)$");
        identifier.consumes(new MessageBatch(session, 1), new byte[] {'a', (byte) 0xFF});
        assertThat(session.closeReason()).contains(CloseReason.NOT_IDENTIFIED);
    }

    @Test
    void closesTheLaterPeerIfTheListenerRejectsDuplicates() {
        PeerSession first = open("(?<name>\\w+)", false, "", OnDuplicate.REJECT);
        says(first, "a");
        FakeLink late = new FakeLink();
        PeerSession second = registry.open(first.listener(), late);
        says(second, "a");
        assertThat(second.closeReason()).contains(CloseReason.DUPLICATE_NAME);
        assertThat(late.text())
                .isEqualTo("error duplicate_name: 'a' is the name of peer " + first.id() + "\n");
        assertThat(first.closeReason()).isEmpty();
    }

    @Test
    void searchesOnlyTheBeginningOfAFrame() {
        PeerSession session = open("(?<name>\\d+)");
        says(session, "x".repeat(1_024) + "7");
        assertThat(session.name()).isNull();
        says(session, "x".repeat(1_023) + "7");
        assertThat(session.name()).isEqualTo("7");
    }

    @Test
    void ignoresFramesIfTheListenerHasNoPattern() {
        PeerSession session = registry.open(PeerFixtures.listener("l"), link);
        assertThat(says(session, "7")).isFalse();
        assertThat(session.identified()).isFalse();
    }
}
