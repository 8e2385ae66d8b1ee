package io.switchboard.query;

import static io.switchboard.query.Refusals.assertRefused;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.switchboard.cluster.Cluster;
import io.switchboard.kernel.KernelFixtures;
import io.switchboard.kernel.KernelSockets;
import io.switchboard.peer.CloseReason;
import io.switchboard.peer.FakeLink;
import io.switchboard.peer.Frames;
import io.switchboard.peer.Listener;
import io.switchboard.peer.Listeners;
import io.switchboard.peer.Peer;
import io.switchboard.peer.Peer.PeerState;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerId;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.Receipt;
import io.switchboard.query.PeerFinder.PeerRow;
import io.switchboard.query.PeerListService.PeerPage;
import io.switchboard.query.PeerListService.PeerQuery;
import io.switchboard.query.PeerSort.SortKey;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PeerListServiceTest {
    private static final PeerFilter OPEN = filter(PeerFilter.State.OPEN);
    private static final int MANY = 10_000;

    private final Listener one = PeerFixtures.listener("one");
    private final Listener other = PeerFixtures.listener("other");
    private final PeerRegistry registry = PeerFixtures.registry();
    private final KernelSockets kernel = KernelFixtures.sockets();
    private final PeerListService pages = pages(registry);

    @AfterEach
    void closeTheKernelsSocket() {
        kernel.destroy();
    }

    // ---- what a page costs

    @ParameterizedTest
    @ValueSource(strings = {"connectedAt", "-connectedAt"})
    void aPageOfTenThousandCostsAHundredRows(String word) {
        List<FakeLink> links = crowd(MANY);
        PeerSort sort = PeerSort.parse(word);
        PeerPage first = pages.page(new PeerQuery(OPEN, sort, false), 100, null);
        assertThat(first.peers()).hasSize(100);
        assertThat(first.total()).isEqualTo(MANY);
        assertThat(described(links)).isEqualTo(100);
        PeerPage second = pages.page(new PeerQuery(OPEN, sort, false), 100, first.next());
        assertThat(second.peers()).hasSize(100);
        assertThat(described(links)).isEqualTo(200);
        PeerFilter ofOne = new PeerFilter(PeerFilter.State.OPEN, null, null, "one", null, null);
        assertThat(pages.page(new PeerQuery(ofOne, sort, false), 100, null).total())
                .isEqualTo(MANY);
        assertThat(described(links)).isEqualTo(300);
    }

    /** Looking at a peer makes an object, so that whoever looks at all of them shows. */
    @ParameterizedTest
    @ValueSource(strings = {"connectedAt", "-connectedAt"})
    void aPageLooksAtNoPeerBeforeOrBehindIt(String word) {
        PeerSort sort = PeerSort.parse(word);
        crowd(200);
        long few = bytesForAPage(sort, null);
        crowd(MANY);
        assertThat(bytesForAPage(sort, null)).isLessThan(2 * few);
        String nearTheEnd = pages.page(new PeerQuery(OPEN, sort, false), MANY, null).next();
        assertThat(bytesForAPage(sort, nearTheEnd)).isLessThan(2 * few);
    }

    /** Memory, other than time, is the same on every machine. */
    private long bytesForAPage(PeerSort sort, @Nullable String after) {
        pages.page(new PeerQuery(OPEN, sort, false), 100, after); // loads what it needs
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        pages.page(new PeerQuery(OPEN, sort, false), 100, after);
        return threads.getCurrentThreadAllocatedBytes() - before;
    }

    /** A full scan reads the sessions' keys, and builds the rows of the page alone. */
    @ParameterizedTest
    @MethodSource("sorts")
    void everyOrderBuildsTheRowsOfThePageAlone(String sort) {
        List<FakeLink> links = crowd(MANY);
        pages.page(new PeerQuery(OPEN, PeerSort.parse(sort), false), 100, null);
        assertThat(described(links)).isEqualTo(100);
    }

    private List<FakeLink> crowd(int size) {
        List<FakeLink> links = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            FakeLink link = new FakeLink();
            links.add(link);
            registry.open(one, link);
        }
        return links;
    }

    private static int described(List<FakeLink> links) {
        return links.stream().mapToInt(FakeLink::described).sum();
    }

    // ---- orders

    static List<String> sorts() {
        return Stream.of(SortKey.values())
                .map(SortKey::word)
                .flatMap(word -> Stream.of(word, "-" + word))
                .toList();
    }

    /**
     * Whatever the order, the filter's state and the size of the pages: all of them together are
     * what sorting the facts would give, each peer once.
     */
    @ParameterizedTest
    @MethodSource("sorts")
    void theWalkOverAllPagesSeesEveryPeerOnceAndInOrder(String word) {
        populate(new Random(word.hashCode()), 200);
        PeerSort sort = PeerSort.parse(word);
        for (PeerFilter.State state : PeerFilter.State.values()) {
            if (!sort.key().fromKernel() || state == PeerFilter.State.OPEN) {
                List<PeerId> expected =
                        facts(state).stream().sorted(reference(sort)).map(Peer::id).toList();
                for (int limit : List.of(1, 7, 100, 1_000)) {
                    assertThat(walk(filter(state), sort, limit))
                            .as("state %s, limit %s", state, limit)
                            .isEqualTo(expected);
                }
            }
        }
    }

    private List<PeerId> walk(PeerFilter filter, PeerSort sort, int limit) {
        List<PeerId> seen = new ArrayList<>();
        PeerPage page = pages.page(new PeerQuery(filter, sort, false), limit, null);
        long total = page.total();
        seen.addAll(ids(page));
        while (page.next() != null) {
            assertThat(page.peers()).hasSize(limit);
            page = pages.page(new PeerQuery(filter, sort, false), limit, page.next());
            assertThat(page.peers()).isNotEmpty();
            assertThat(page.total()).isEqualTo(total);
            assertThat(page.limit()).isEqualTo(limit);
            seen.addAll(ids(page));
        }
        assertThat(seen).hasSize((int) total);
        return seen;
    }

    /** Some that said or were told or are stuck with something, some not, some that closed. */
    private void populate(Random random, int count) {
        List<PeerSession> sessions = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            FakeLink link = new FakeLink(random.nextBoolean() ? FakeLink.TAKES_ALL : FakeLink.FULL);
            sessions.add(registry.open(random.nextBoolean() ? one : other, link));
        }
        for (PeerSession session : sessions) {
            if (random.nextInt(3) > 0) {
                session.received(1, 1 + random.nextInt(5));
            }
            if (random.nextInt(3) > 0) {
                offer(session, "x".repeat(1 + random.nextInt(5)));
            }
            if (random.nextInt(4) == 0) {
                session.abort(CloseReason.KICKED, null);
            }
            if (random.nextInt(10) == 0) {
                letAMillisecondPass();
            }
        }
    }

    private static void offer(PeerSession session, String text) {
        Frames frames = Frames.of(text.getBytes(UTF_8), 1, Receipt.NONE);
        session.offer(frames, frames.view());
    }

    private static void letAMillisecondPass() {
        long now = System.currentTimeMillis();
        while (System.currentTimeMillis() == now) {
            Thread.onSpinWait();
        }
    }

    private List<Peer> facts(PeerFilter.State state) {
        List<Peer> facts = new ArrayList<>();
        if (state != PeerFilter.State.CLOSED) {
            registry.sessions().forEach(session -> facts.add(session.facts()));
        }
        if (state != PeerFilter.State.OPEN) {
            facts.addAll(registry.recentlyClosed());
        }
        return facts;
    }

    /** The order that the API's facts have: without a value last, ties by id. */
    private static Comparator<Peer> reference(PeerSort sort) {
        return switch (sort.key()) {
            case CONNECTED_AT -> by(peer -> peer.id().seq(), sort);
            case LAST_RECEIVED_AT -> by(Peer::lastReceivedAt, sort);
            case LAST_SENT_AT -> by(Peer::lastSentAt, sort);
            case RECEIVED_BYTES -> by(peer -> peer.received().bytes(), sort);
            case SENT_BYTES -> by(peer -> peer.sent().bytes(), sort);
            case QUEUED_BYTES -> by(peer -> peer.queued().bytes(), sort);
            case IDLE ->
                    by(
                            peer -> lastByte(peer).toEpochMilli(),
                            new PeerSort(SortKey.IDLE, !sort.descending()));
            // the kernel knows no socket of these
            case RTT, UNACKED_BYTES, RETRANSMITS -> Comparator.comparing(Peer::id);
        };
    }

    private static java.time.Instant lastByte(Peer peer) {
        return Stream.of(peer.connectedAt(), peer.lastReceivedAt(), peer.lastSentAt())
                .filter(Objects::nonNull)
                .max(Comparator.naturalOrder())
                .orElseThrow();
    }

    private static <T extends Comparable<? super T>> Comparator<Peer> by(
            Function<Peer, @Nullable T> value, PeerSort sort) {
        Comparator<T> order = Comparator.naturalOrder();
        return Comparator.comparing(
                        value, Comparator.nullsLast(sort.descending() ? order.reversed() : order))
                .thenComparing(Peer::id);
    }

    // ---- cursors

    @Test
    void aCursorOutlivesItsPeer() {
        PeerSession first = registry.open(one, new FakeLink());
        PeerSession second = registry.open(one, new FakeLink());
        String next = pages.page(new PeerQuery(OPEN, PeerSort.DEFAULT, false), 1, null).next();
        first.abort(CloseReason.KICKED, null);
        assertThat(ids(pages.page(new PeerQuery(OPEN, PeerSort.DEFAULT, false), 1, next)))
                .containsExactly(second.id());
    }

    @Test
    void whoConnectsMeanwhileIsOnALaterPage() {
        PeerSession first = registry.open(one, new FakeLink());
        PeerSession second = registry.open(one, new FakeLink());
        PeerPage page = pages.page(new PeerQuery(OPEN, PeerSort.DEFAULT, false), 1, null);
        assertThat(ids(page)).containsExactly(first.id());
        PeerSession third = registry.open(one, new FakeLink());
        assertThat(ids(pages.page(new PeerQuery(OPEN, PeerSort.DEFAULT, false), 9, page.next())))
                .containsExactly(second.id(), third.id());
    }

    /** As the Javadoc has it: whoever moves over the end of a page is missed, or seen again. */
    @Test
    void whoMovesBeforeTheCursorIsMissed() {
        PeerSort most = PeerSort.parse("-receivedBytes");
        PeerSession first = registry.open(one, new FakeLink());
        PeerSession second = registry.open(one, new FakeLink());
        first.received(1, 10);
        PeerPage page = pages.page(new PeerQuery(OPEN, most, false), 1, null);
        assertThat(ids(page)).containsExactly(first.id());
        second.received(1, 20);
        assertThat(pages.page(new PeerQuery(OPEN, most, false), 1, page.next()).peers()).isEmpty();
    }

    /**
     * The race of a close with a list of all: a peer may be among the live, among the closed, or
     * for a moment in both. Short pages, because the more of them, the more often it happens.
     */
    @RepeatedTest(5)
    void whoClosesWhileAllAreListedIsCountedOnce() throws InterruptedException {
        PeerRegistry roomy = PeerFixtures.registry(PeerFixtures.limits(1_000, 100), MANY);
        PeerListService all = pages(roomy);
        PeerFilter any = filter(PeerFilter.State.ANY);
        List<PeerSession> sessions = new ArrayList<>();
        for (int i = 0; i < 3_000; i++) {
            sessions.add(roomy.open(one, new FakeLink()));
        }
        List<PeerId> ids = sessions.stream().map(PeerSession::id).toList();
        assertThat(ids(all.page(new PeerQuery(any, PeerSort.DEFAULT, false), MANY, null)))
                .isEqualTo(ids);
        Thread closer =
                Thread.ofPlatform()
                        .start(
                                () ->
                                        sessions.forEach(
                                                each -> each.abort(CloseReason.KICKED, null)));
        while (closer.isAlive()) {
            assertThat(all.page(new PeerQuery(any, PeerSort.DEFAULT, false), 1, null).total())
                    .isEqualTo(ids.size());
        }
        closer.join();
        assertThat(ids(all.page(new PeerQuery(any, PeerSort.DEFAULT, false), MANY, null)))
                .isEqualTo(ids);
    }

    /** The same race where it hurts most: between the look at the closed and at the live. */
    @Test
    void whoClosesAfterTheClosedWereReadIsListed() {
        FakeLink link = new FakeLink();
        PeerSession first = registry.open(one, link);
        PeerSession second = registry.open(one, new FakeLink()); // the walk has it in hand already
        PeerSession last = registry.open(one, new FakeLink());
        link.onRemote(() -> last.abort(CloseReason.KICKED, null));
        PeerFilter search =
                new PeerFilter(PeerFilter.State.ANY, null, null, null, null, "127.0.0.1:40001");
        PeerPage page = pages.page(new PeerQuery(search, PeerSort.DEFAULT, false), 10, null);
        assertThat(last.state()).isEqualTo(PeerState.CLOSED);
        assertThat(ids(page)).containsExactly(first.id(), second.id(), last.id());
    }

    @Test
    void refusesTheCursorOfAnotherSort() {
        registry.open(one, new FakeLink());
        registry.open(one, new FakeLink());
        String next = pages.page(new PeerQuery(OPEN, PeerSort.DEFAULT, false), 1, null).next();
        assertRefused(
                () -> pages.page(new PeerQuery(OPEN, PeerSort.parse("idle"), false), 1, next),
                Refusal.Reason.BAD_REQUEST,
                "after=",
                "sort=idle");
    }

    @ParameterizedTest
    @EnumSource(
            value = PeerFilter.State.class,
            names = {"CLOSED", "ANY"})
    void refusesClosedPeersInAnOrderOfTheKernels(PeerFilter.State state) {
        assertRefused(
                () ->
                        pages.page(
                                new PeerQuery(filter(state), PeerSort.parse("-rtt"), false),
                                1,
                                null),
                Refusal.Reason.BAD_REQUEST,
                "sort=-rtt",
                "open peers only");
    }

    @Test
    void saysWhereTheKernelDoesNotTell() {
        kernel.destroy();
        assertRefused(
                () -> pages.page(new PeerQuery(OPEN, PeerSort.parse("rtt"), false), 1, null),
                Refusal.Reason.NOT_AVAILABLE,
                "sort=rtt");
    }

    // ---- filters

    @Test
    void totalsCountWhatMatchesOnAllPages() {
        for (int i = 0; i < 10; i++) {
            registry.open(i < 4 ? one : other, new FakeLink());
        }
        registry.open(one, new FakeLink()).abort(CloseReason.KICKED, null);
        for (PeerSort sort : List.of(PeerSort.DEFAULT, PeerSort.parse("idle"))) {
            assertThat(pages.page(new PeerQuery(OPEN, sort, false), 2, null).total()).isEqualTo(10);
            assertThat(total(PeerFilter.State.OPEN, one, sort)).isEqualTo(4);
            assertThat(total(PeerFilter.State.OPEN, other, sort)).isEqualTo(6);
            assertThat(total(PeerFilter.State.CLOSED, one, sort)).isEqualTo(1);
            assertThat(total(PeerFilter.State.CLOSED, other, sort)).isZero();
            assertThat(total(PeerFilter.State.ANY, one, sort)).isEqualTo(5);
            assertThat(total(PeerFilter.State.ANY, null, sort)).isEqualTo(11);
        }
    }

    private long total(PeerFilter.State state, @Nullable Listener listener, PeerSort sort) {
        PeerFilter filter = PeerFilter.of(state, listener == null ? null : listener.name());
        return pages.page(new PeerQuery(filter, sort, false), 2, null).total();
    }

    @Test
    void aListenersPeersAreFoundAmongOthers() {
        List<PeerId> ids = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            registry.open(other, new FakeLink());
            if (i % 10 == 0) {
                ids.add(registry.open(one, new FakeLink()).id());
            }
        }
        PeerFilter ofOne = new PeerFilter(PeerFilter.State.OPEN, null, null, "one", null, null);
        for (int limit : List.of(1, 2, 5, 100)) {
            assertThat(walk(ofOne, PeerSort.DEFAULT, limit)).isEqualTo(ids);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"connectedAt", "-connectedAt", "idle", "rtt"})
    void namesAndGroupsAreFoundInEveryOrder(String sort) {
        PeerSession named = registry.open(one, new FakeLink());
        PeerSession twin = registry.open(other, new FakeLink());
        PeerSession member = registry.open(one, new FakeLink());
        registry.open(one, new FakeLink());
        registry.rename(named, "truck-7");
        registry.rename(twin, "truck-7");
        registry.regroup(named, List.of("east"));
        registry.regroup(member, List.of("east", "west"));
        assertThat(found("truck-7", null, null, sort))
                .containsExactlyInAnyOrder(named.id(), twin.id());
        assertThat(found(null, "east", null, sort))
                .containsExactlyInAnyOrder(named.id(), member.id());
        assertThat(found(null, "west", null, sort)).containsExactly(member.id());
        assertThat(found("truck-7", "east", null, sort)).containsExactly(named.id());
        assertThat(found("truck-7", null, other, sort)).containsExactly(twin.id());
        assertThat(found("truck-7", "west", null, sort)).isEmpty();
        assertThat(found("truck-8", null, null, sort)).isEmpty();
        assertThat(found(null, "north", null, sort)).isEmpty();
    }

    private List<PeerId> found(
            @Nullable String name,
            @Nullable String group,
            @Nullable Listener listener,
            String sort) {
        PeerFilter filter =
                new PeerFilter(
                        PeerFilter.State.OPEN,
                        name,
                        group,
                        listener == null ? null : listener.name(),
                        null,
                        null);
        return walk(filter, PeerSort.parse(sort), 1);
    }

    @Test
    void namesAndGroupsStayWithClosedPeers() {
        PeerSession gone = registry.open(one, new FakeLink());
        registry.rename(gone, "truck-7");
        registry.regroup(gone, List.of("east"));
        gone.abort(CloseReason.KICKED, null);
        PeerSession back = registry.open(one, new FakeLink());
        registry.rename(back, "truck-7");
        for (PeerFilter.State state : PeerFilter.State.values()) {
            PeerFilter name = new PeerFilter(state, "truck-7", null, null, null, null);
            List<PeerId> expected =
                    switch (state) {
                        case OPEN -> List.of(back.id());
                        case CLOSED -> List.of(gone.id());
                        case ANY -> List.of(gone.id(), back.id());
                    };
            assertThat(walk(name, PeerSort.DEFAULT, 1)).isEqualTo(expected);
        }
        PeerFilter group = new PeerFilter(PeerFilter.State.CLOSED, null, "east", null, null, null);
        assertThat(walk(group, PeerSort.DEFAULT, 1)).containsExactly(gone.id());
    }

    private PeerListService pages(PeerRegistry of) {
        Cluster single = PeerFixtures.alone(of);
        Listeners listeners = PeerFixtures.listeners(one, other);
        return new PeerListService(
                new PeerFinder(of, listeners, kernel, single), listeners, single);
    }

    private static List<PeerId> ids(PeerPage page) {
        return rows(page).stream().map(row -> row.peer().id()).toList();
    }

    private static List<PeerRow> rows(PeerPage page) {
        return page.peers();
    }

    private static PeerFilter filter(PeerFilter.State state) {
        return new PeerFilter(state, null, null, null, null, null);
    }
}
