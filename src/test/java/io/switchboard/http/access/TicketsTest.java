package io.switchboard.http.access;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.switchboard.http.problem.ApiProblem;
import io.switchboard.peer.Reach;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TicketsTest {
    private static final Client CLIENT =
            new Client(
                    "ops ☂",
                    "ops",
                    Set.of(Role.READ, Role.SEND),
                    new Reach(Set.of("machines"), Set.of("east", "west")));

    private final AtomicReference<Instant> now =
            new AtomicReference<>(Instant.parse("2026-05-04T09:30:00Z"));
    private final Tickets node1 = tickets("secret");
    private final Tickets node2 = tickets("secret");

    private Tickets tickets(@Nullable String secret) {
        return tickets(secret, _ -> true);
    }

    private Tickets tickets(@Nullable String secret, Predicate<Client> current) {
        InstantSource clock = now::get;
        return new Tickets(() -> secret == null ? null : secret.getBytes(US_ASCII), current, clock);
    }

    private static void assertRefused(Tickets tickets, String ticket, String reason) {
        assertThatThrownBy(() -> tickets.redeem(ticket))
                .isInstanceOfSatisfying(
                        AccessRefusedException.class,
                        refused -> {
                            assertThat(refused.status().value()).isEqualTo(401);
                            assertThat(refused.reason()).isEqualTo(reason);
                            assertThat(refused.getMessage()).doesNotContain(ticket);
                        });
    }

    @Test
    void isNotIssuedIfItsReachMakesItTooLongToBeRedeemed() {
        assertThatThrownBy(() -> node1.issue(reaching(100)))
                .isInstanceOfSatisfying(
                        ApiProblem.class,
                        problem -> {
                            assertThat(problem.getStatusCode().value()).isEqualTo(403);
                            assertThat(problem.reason()).isEqualTo("forbidden_reach");
                            assertThat(problem.getBody().getDetail())
                                    .contains("the 100 groups and 0 listeners of 'many'")
                                    .contains("4,096 is the most");
                        });
        Client most = reaching(60);
        assertThat(node2.redeem(node1.issue(most).ticket()).reach()).isEqualTo(most.reach());
    }

    private static Client reaching(int groups) {
        Set<String> names =
                IntStream.range(0, groups)
                        .mapToObj("a-group-of-a-site-with-long-names-%03d"::formatted)
                        .collect(Collectors.toSet());
        return new Client("many", "many", Set.of(Role.READ), new Reach(Set.of(), names));
    }

    @Test
    void isRedeemedOnceOnEachNodeForItsClient() {
        Tickets.Issued issued = node1.issue(CLIENT);
        assertThat(issued.expiresAt()).isEqualTo(now.get().plusSeconds(30));
        assertThat(issued.ticket()).matches("[A-Za-z0-9_-]+");
        for (Tickets node : new Tickets[] {node1, node2}) {
            Client client = node.redeem(issued.ticket());
            assertThat(client.name()).isEqualTo("ops ☂");
            assertThat(client.roles()).containsExactly(Role.READ);
            assertThat(client.reach()).isEqualTo(CLIENT.reach());
            assertRefused(node, issued.ticket(), "ticket_used");
        }
        assertThat(node1.issue(CLIENT).ticket()).isNotEqualTo(issued.ticket());
    }

    @Test
    void expiresAfterHalfAMinute() {
        String ticket = node1.issue(CLIENT).ticket();
        now.updateAndGet(time -> time.plus(Tickets.VALIDITY));
        assertRefused(node1, ticket, "ticket_expired");
        now.updateAndGet(time -> time.minus(Duration.ofMillis(1)));
        assertThat(node1.redeem(ticket).name()).isEqualTo("ops ☂");
    }

    /** A restart with the same tokens, one of which has another reach now. */
    @Test
    void dependsOnTheReachOfTheClient() {
        for (Set<String> roles : List.of(Set.of("read"), Set.of("send"))) {
            for (Set<String> groups : List.of(Set.of("east", "west"), Set.of("east"))) {
                Tokens tokens =
                        Tokens.of(
                                TokensTest.named(
                                        CLIENT.keySpace(),
                                        new AdminProperties.NamedToken(
                                                "fedcba9876543210",
                                                null,
                                                roles,
                                                Set.of("machines"),
                                                groups)));
                String named = node1.issue(client(CLIENT.keySpace())).ticket();
                Tickets restarted = tickets("secret", reader -> tokens.agrees(reader, true));
                if (roles.contains("read") && groups.size() == 2) {
                    assertThat(restarted.redeem(named).name()).isEqualTo("ops");
                } else {
                    assertRefused(restarted, named, "bad_ticket");
                }
                // a token that is no longer configured, because it has another name now
                assertRefused(restarted, node1.issue(client("before")).ticket(), "bad_ticket");
                // nothing is configured for the subject of a JWT
                String subject = node1.issue(client("jwt:ann")).ticket();
                assertThat(restarted.redeem(subject).name()).isEqualTo("jwt:ann");
                Tickets withoutJwts = tickets("secret", reader -> tokens.agrees(reader, false));
                assertRefused(withoutJwts, subject, "bad_ticket");
            }
        }
    }

    private static Client client(String name) {
        return new Client(name, name, CLIENT.roles(), CLIENT.reach());
    }

    /** Every bit counts: the number, the time, the name, the authorities and the signature. */
    @Test
    void refusesATicketWithAnyBitChanged() {
        byte[] signed = Base64.getUrlDecoder().decode(node1.issue(CLIENT).ticket());
        for (int bit = 0; bit < signed.length * Byte.SIZE; bit++) {
            byte[] changed = signed.clone();
            changed[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
            String ticket = Base64.getUrlEncoder().withoutPadding().encodeToString(changed);
            assertRefused(node1, ticket, "bad_ticket");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "AAAA", "a b", "%", "\u0000", "☂"})
    void refusesAnyOtherText(String text) {
        assertThatThrownBy(() -> node1.redeem(text))
                .isInstanceOf(AccessRefusedException.class)
                .hasMessageStartingWith("this is not a ticket");
        assertThatThrownBy(() -> node1.redeem(text + "A".repeat(100_000)))
                .isInstanceOf(AccessRefusedException.class);
    }

    @Test
    void dependsOnTheTokens() {
        String ticket = node1.issue(CLIENT).ticket();
        assertRefused(tickets("another"), ticket, "bad_ticket");
        assertRefused(tickets(null), ticket, "bad_ticket");
        Tickets open = tickets(null);
        String random = open.issue(CLIENT).ticket();
        assertRefused(tickets(null), random, "bad_ticket");
        assertThat(open.redeem(random).name()).isEqualTo("ops ☂");
    }
}
