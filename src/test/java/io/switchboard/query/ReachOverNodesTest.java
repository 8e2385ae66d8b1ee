package io.switchboard.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.cluster.FakeCluster;
import io.switchboard.cluster.RpcCodec;
import io.switchboard.cluster.RpcHandler;
import io.switchboard.cluster.RpcResult;
import io.switchboard.cluster.RpcResult.RpcFailure;
import io.switchboard.cluster.Scoped;
import io.switchboard.delivery.Target;
import io.switchboard.peer.CloseReason;
import io.switchboard.peer.FakeLink;
import io.switchboard.peer.Identification.OnDuplicate;
import io.switchboard.peer.LinearPattern;
import io.switchboard.peer.Listener;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.Reach;
import io.switchboard.peer.ThreadTask;
import io.switchboard.query.PeerListService.PeerPage;
import io.switchboard.query.PeerListService.PeerQuery;
import io.switchboard.query.PeerService.Messages;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A caller with a reach at one node, and peers at another. */
class ReachOverNodesTest {
    private static final Reach SOME = new Reach(Set.of(), Set.of("a"));

    private final PeerRegistry registry = groups();
    private final FakeCluster cluster = new FakeCluster(registry.boot(), "here");
    private final QueryFixtures here =
            new QueryFixtures(registry, cluster, PeerFixtures.listener("default"));

    private final Listener listener = PeerFixtures.listener("default");
    private final PeerRegistry remote = groups();
    private final QueryFixtures there = new QueryFixtures(remote, listener);
    private final PeerSession visible = peer("a-1");
    private final PeerSession hidden = peer("b-1");

    private static PeerRegistry groups() {
        return PeerFixtures.registry(
                Map.of("a", LinearPattern.of("a-.*"), "b", LinearPattern.of("b-.*")));
    }

    private PeerSession peer(String name) {
        PeerSession session = remote.open(listener, new FakeLink());
        remote.rename(session, name);
        return session;
    }

    @BeforeEach
    void join() {
        cluster.join(remote.boot(), "there");
        Map<String, RpcHandler<?, ?>> handlers =
                Map.of(
                        "peers", there.lists(),
                        "peer", there.peers(),
                        "close", there.closes(),
                        "groups", there.groups(),
                        "name", there.locator());
        cluster.answer(
                (_, method, request) ->
                        CompletableFuture.completedFuture(
                                answer(handlers.get(Scoped.plainName(method)), request)));
    }

    private static RpcResult<byte[]> answer(@Nullable RpcHandler<?, ?> handler, byte[] request) {
        try {
            return handler == null
                    ? new RpcResult.Failed<>(RpcFailure.UNSUPPORTED)
                    : new RpcResult.Answered<>(
                            FakeCluster.execute(handler, request, System.nanoTime()));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private PeerPage list(Reach reach) {
        return here.lists()
                .page(
                        new PeerQuery(PeerFilter.of(null, null), PeerSort.DEFAULT, false, reach),
                        9,
                        null);
    }

    @Test
    void seesAndReachesOnlyItsPeersOfTheOtherNode() {
        assertThat(list(Reach.ALL).total()).isEqualTo(2);
        PeerPage page = list(SOME);
        assertThat(page.total()).isOne();
        assertThat(page.peers()).extracting(row -> row.peer().name()).containsExactly("a-1");
        assertThat(here.groups().list(SOME).groups())
                .containsExactly(new GroupService.Group("a", 1));
        assertThat(here.peers().get("a-1", SOME).peer().id()).isEqualTo(visible.id());
        for (String reference : List.of("b-1", hidden.id().toString())) {
            unknown(() -> here.peers().get(reference, SOME));
            unknown(() -> here.peers().change(reference, PeerChange.joining("a"), SOME));
            unknown(() -> here.peers().close(reference, new Farewell(null, null), SOME));
        }
        CloseService.Closed closed =
                here.closes()
                        .close(
                                List.of(new Target.All()),
                                List.of(),
                                new Farewell(null, null),
                                SOME);
        assertThat(closed.matched()).isOne();
        assertThat(hidden.isOpen()).isTrue();
        assertThat(visible.isOpen()).isFalse();
        unknown(() -> here.peers().get("b-1", SOME));
    }

    private static void unknown(ThrowingCallable call) {
        Refusals.assertRefused(call, Rejection.Reason.UNKNOWN_PEER, "no peer");
    }

    /** A client could find out for which number of rows the budget of answers is exhausted. */
    @Test
    void theRowsThatAreReservedDoNotDependOnPeersOutOfReach() {
        assertThat(here.lists().maxCollected(9, Reach.ALL)).isZero();
        assertThat(here.lists().maxCollected(9, SOME)).isEqualTo(9);
    }

    @Test
    void theDetailOfACloseDoesNotNameAPeerOutOfReach() {
        Listener replacing = PeerFixtures.listener("default", OnDuplicate.REPLACE);
        PeerSession first = remote.open(replacing, new FakeLink());
        remote.rename(first, "a-2");
        PeerSession second = remote.open(replacing, new FakeLink());
        remote.rename(second, "a-2");
        remote.regroup(second, List.of("b"));
        assertThat(detail(first, Reach.ALL)).endsWith("name of peer " + second.id());
        assertThat(detail(first, SOME)).isEqualTo("'a-2' is now the name of another peer");
        remote.regroup(second, List.of("a"));
        assertThat(detail(first, SOME)).endsWith("name of peer " + second.id());
    }

    /** Two peers of different nodes would share the name, and with it the messages. */
    @Test
    void aClientGivesNoNameThatAPeerOutOfReachHasAtAnotherNode() {
        PeerSession own = registry.open(PeerFixtures.listener("default"), new FakeLink());
        registry.rename(own, "a-5");
        PeerChange change = new PeerChange("a-1", null, null, null, null, null, null);
        remote.leave(visible, "a");
        refusedName(() -> here.peers().change("a-5", change, SOME));
        assertThat(here.locator().outOfReach(SOME, "a-1")).isTrue();
        assertThat(own.name()).isEqualTo("a-5");

        remote.join(visible, "a");
        assertThat(here.locator().outOfReach(SOME, "a-1")).isFalse();
        assertThat(here.peers().change("a-5", change, SOME).peer().name()).isEqualTo("a-1");
    }

    @Test
    void aClientGivesNoNameOfWhichANodeDoesNotTellWhoHasIt() {
        PeerSession own = registry.open(PeerFixtures.listener("default"), new FakeLink());
        registry.rename(own, "a-5");
        PeerChange change = new PeerChange("a-6", null, null, null, null, null, null);
        cluster.connected(false);
        refusedName(() -> here.peers().change(own.id().toString(), change, SOME));
        cluster.connected(true);
        cluster.answer(
                (_, _, _) ->
                        CompletableFuture.completedFuture(new RpcResult.Failed<>(RpcFailure.LOST)));
        refusedName(() -> here.peers().change(own.id().toString(), change, SOME));
        // a node of an earlier release tells only which peers in reach have it
        byte[] earlier = RpcCodec.encode(Map.of("live", List.of(), "closed", false));
        cluster.answer(
                (_, _, _) -> CompletableFuture.completedFuture(new RpcResult.Answered<>(earlier)));
        refusedName(() -> here.peers().change(own.id().toString(), change, SOME));
        assertThat(own.name()).isEqualTo("a-5");
        assertThat(here.peers().change("a-5", change, Reach.ALL).peer().name()).isEqualTo("a-6");
    }

    private static void refusedName(ThrowingCallable call) {
        Refusals.assertRefused(call, Rejection.Reason.OUT_OF_REACH, "another peer has it");
    }

    /** Both count the sockets of the service, also those of peers out of reach. */
    @Test
    void theNumbersOfASocketAreForReadersOfAllPeers() throws IOException {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        try (ServerSocket server = new ServerSocket(0, 1, loopback);
                Socket client = new Socket(loopback, server.getLocalPort());
                Socket accepted = server.accept()) {
            FakeLink link = new FakeLink(FakeLink.TAKES_ALL, accepted.getRemoteSocketAddress());
            link.local(accepted.getLocalSocketAddress());
            PeerSession session = remote.open(listener, link);
            remote.rename(session, "a-3");
            for (QueryFixtures node : List.of(here, there)) {
                assertThat(socket(node, Reach.ALL).state()).isEqualTo("ESTAB");
                assertThat(socket(node, Reach.ALL).inode()).isPositive();
                assertThat(socket(node, Reach.ALL).fileno()).isPositive();
                assertThat(listed(node, Reach.ALL).inode()).isPositive();
                for (Reach reach : List.of(SOME, new Reach(Set.of("default"), Set.of()))) {
                    assertThat(socket(node, reach).state()).isEqualTo("ESTAB");
                    assertThat(socket(node, reach).inode()).isNull();
                    assertThat(socket(node, reach).fileno()).isNull();
                    assertThat(listed(node, reach).inode()).isNull();
                }
            }
            assertThat(client.isConnected()).isTrue();
        }
    }

    private static SocketView socket(QueryFixtures node, Reach reach) {
        return Objects.requireNonNull(node.peers().get("a-3", reach).socket());
    }

    private static SocketView listed(QueryFixtures node, Reach reach) {
        PeerQuery query =
                new PeerQuery(
                        new PeerFilter(null, "a-3", null, null, null, null),
                        PeerSort.DEFAULT,
                        true,
                        reach);
        return Objects.requireNonNull(
                node.lists().page(query, 9, null).peers().getFirst().socket());
    }

    /** The time of the answer would tell when the peer sends something or ends. */
    @Test
    void aWaitForMessagesOfAPeerThatLeavesTheReachEndsByItsTimeout() throws Exception {
        Duration wait = Duration.ofSeconds(3);
        for (QueryFixtures node : List.of(here, there)) {
            PeerSession leaving = peer("a-4");
            long began = System.nanoTime();
            ThreadTask<Messages> reader =
                    ThreadTask.call(() -> node.peers().messages("a-4", 0, 9, wait, SOME));
            await().until(() -> reader.thread().getState() == Thread.State.TIMED_WAITING);
            remote.leave(leaving, "a");
            leaving.abort(CloseReason.PEER_CLOSED, null);
            try {
                // it has left too late, on a slow machine
                assertThat(reader.result().messages()).isEmpty();
            } catch (ExecutionException e) {
                unknown(
                        () -> {
                            throw Objects.requireNonNull(e.getCause());
                        });
            }
            assertThat(System.nanoTime() - began).isGreaterThanOrEqualTo(wait.toNanos());
        }
    }

    private @Nullable String detail(PeerSession closed, Reach reach) {
        assertThat(
                        here.lists()
                                .page(
                                        new PeerQuery(
                                                PeerFilter.of(PeerFilter.State.ANY, null),
                                                PeerSort.DEFAULT,
                                                false,
                                                reach),
                                        9,
                                        null)
                                .peers())
                .extracting(row -> row.peer().closeDetail())
                .contains(here.peers().get(closed.id().toString(), reach).peer().closeDetail());
        return here.peers().get(closed.id().toString(), reach).peer().closeDetail();
    }

    /** It does not know the method, and so it does not apply the request to all its peers. */
    @Test
    void aNodeOfAnEarlierReleaseDoesNothing() {
        cluster.answer(
                (_, method, request) ->
                        CompletableFuture.completedFuture(
                                method.equals("peers")
                                        ? answer(there.lists(), request)
                                        : new RpcResult.Failed<>(RpcFailure.UNSUPPORTED)));
        assertThat(list(Reach.ALL).total()).isEqualTo(2);
        PeerPage page = list(SOME);
        assertThat(page.peers()).isEmpty();
        assertThat(page.missing()).containsExactly("there");
    }
}
