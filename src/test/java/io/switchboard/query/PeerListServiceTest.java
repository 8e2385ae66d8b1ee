package io.switchboard.query;

import static io.switchboard.query.Refusals.assertRefused;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.switchboard.cluster.Cluster;
import io.switchboard.kernel.KernelFixtures;
import io.switchboard.kernel.KernelSockets;
import io.switchboard.peer.CloseReason;
import io.switchboard.peer.DeliveryCallback;
import io.switchboard.peer.EncodedFrames;
import io.switchboard.peer.FakeLink;
import io.switchboard.peer.HalfClose;
import io.switchboard.peer.Listener;
import io.switchboard.peer.Listeners;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerId;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.PeerSnapshot;
import io.switchboard.peer.PeerSnapshot.PeerState;
import io.switchboard.peer.Reach;
import io.switchboard.query.PeerFinder.PeerRow;
import io.switchboard.query.PeerListService.PeerPage;
import io.switchboard.query.PeerListService.PeerQuery;
import io.switchboard.query.PeerSort.SortKey;
import java.lang.management.ManagementFactory;
import java.time.Duration;
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
    void closeTheNetlinkSocket() {
        kernel.destroy();
    }

    // ---- cost of a page

    @ParameterizedTest
    @ValueSource(strings = {"connectedAt", "-connectedAt"})
    void aPageOfAHundredAmongTenThousandBuildsAHundredRows(String word) {
        List<FakeLink> links = crowd(MANY);
        PeerSort sort = PeerSort.parse(word);
        PeerPage first = pages.page(new PeerQuery(OPEN, sort, false, Reach.ALL), 100, null);
        assertThat(first.peers()).hasSize(100);
        assertThat(first.total()).isEqualTo(MANY);
        assertThat(described(links)).isEqualTo(100);
        PeerPage second =
                pages.page(new PeerQuery(OPEN, sort, false, Reach.ALL), 100, first.next());
        assertThat(second.peers()).hasSize(100);
        assertThat(described(links)).isEqualTo(200);
        PeerFilter ofOne = new PeerFilter(PeerFilter.State.OPEN, null, null, "one", null, null);
        assertThat(pages.page(new PeerQuery(ofOne, sort, false, Reach.ALL), 100, null).total())
                .isEqualTo(MANY);
        assertThat(described(links)).isEqualTo(300);
    }

    /** Reading a peer allocates an object, so a page that read all peers would allocate more. */
    @ParameterizedTest
    @ValueSource(strings = {"connectedAt", "-connectedAt"})
    void aPageReadsNoPeersBeforeOrAfterIt(String word) {
        PeerSort sort = PeerSort.parse(word);
        crowd(200);
        long few = bytesForAPage(sort, null);
        crowd(MANY);
        assertThat(bytesForAPage(sort, null)).isLessThan(2 * few);
        String nearTheEnd =
                pages.page(new PeerQuery(OPEN, sort, false, Reach.ALL), MANY, null).next();
        assertThat(bytesForAPage(sort, nearTheEnd)).isLessThan(2 * few);
    }

    /** Measures memory because, unlike time, it is the same on every machine. */
    private long bytesForAPage(PeerSort sort, @Nullable String after) {
        pages.page(new PeerQuery(OPEN, sort, false, Reach.ALL), 100, after); // loads classes
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        pages.page(new PeerQuery(OPEN, sort, false, Reach.ALL), 100, after);
        return threads.getCurrentThreadAllocatedBytes() - before;
    }

    /** A full scan reads the sort values of all sessions, but builds only the rows of the page. */
    @ParameterizedTest
    @MethodSource("sorts")
    void everyOrderBuildsOnlyTheRowsOfThePage(String sort) {
        List<FakeLink> links = crowd(MANY);
        pages.page(new PeerQuery(OPEN, PeerSort.parse(sort), false, Reach.ALL), 100, null);
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
        return links.stream().mapToInt(FakeLink::snapshotCount).sum();
    }

    // ---- orders

    static List<String> sorts() {
        return Stream.of(SortKey.values())
                .map(SortKey::word)
                .flatMap(word -> Stream.of(word, "-" + word))
                .toList();
    }

    /**
     * For every order, state and page size, all pages together are equal to the sorted facts of all
     * peers.
     */
    @ParameterizedTest
    @MethodSource("sorts")
    void aWalkOverAllPagesReturnsEveryPeerOnceAndInOrder(String word) {
        populate(new Random(word.hashCode()), 200);
        PeerSort sort = PeerSort.parse(word);
        for (PeerFilter.State state : PeerFilter.State.values()) {
            if (!sort.key().fromKernel() || state == PeerFilter.State.OPEN) {
                List<PeerId> expected =
                        facts(state).stream()
                                .sorted(reference(sort))
                                .map(PeerSnapshot::id)
                                .toList();
                for (int limit : List.of(1, 7, 100, 1_000)) {
                    assertThat(walk(filter(state), sort, limit))
                            .as("state %s, limit %s", state, limit)
                            .isEqualTo(expected);
                }
            }
        }
    }

    private List<PeerId> walk(PeerFilter filter, PeerSort sort, int limit) {
        List<PeerId> ids = new ArrayList<>();
        PeerPage page = pages.page(new PeerQuery(filter, sort, false, Reach.ALL), limit, null);
        long total = page.total();
        ids.addAll(ids(page));
        while (page.next() != null) {
            assertThat(page.peers()).hasSize(limit);
            page = pages.page(new PeerQuery(filter, sort, false, Reach.ALL), limit, page.next());
            assertThat(page.peers()).isNotEmpty();
            assertThat(page.total()).isEqualTo(total);
            assertThat(page.limit()).isEqualTo(limit);
            ids.addAll(ids(page));
        }
        assertThat(ids).hasSize((int) total);
        return ids;
    }

    /** Opens peers with and without received, sent and queued bytes, and closes some of them. */
    private void populate(Random random, int count) {
        List<PeerSession> sessions = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            FakeLink link = new FakeLink(random.nextBoolean() ? FakeLink.TAKES_ALL : FakeLink.FULL);
            sessions.add(registry.open(random.nextBoolean() ? one : other, link));
        }
        for (PeerSession session : sessions) {
            if (random.nextInt(3) > 0) {
                session.receiveStats().add(1, 1 + random.nextInt(5));
            }
            if (random.nextInt(3) > 0) {
                offer(session, "x".repeat(1 + random.nextInt(5)));
            }
            if (random.nextInt(4) == 0) {
                session.abort(CloseReason.KICKED, null);
            } else if (random.nextInt(5) == 0) {
                session.inputEnded(HalfClose.OPEN, Duration.ofMinutes(5), null);
            }
            if (random.nextInt(10) == 0) {
                letAMillisecondPass();
            }
        }
    }

    private static void offer(PeerSession session, String text) {
        EncodedFrames frames = EncodedFrames.of(text.getBytes(UTF_8), 1, DeliveryCallback.NONE);
        session.offer(frames, frames.view());
    }

    private static void letAMillisecondPass() {
        long now = System.currentTimeMillis();
        while (System.currentTimeMillis() == now) {
            Thread.onSpinWait();
        }
    }

    private List<PeerSnapshot> facts(PeerFilter.State state) {
        List<PeerSnapshot> facts = new ArrayList<>();
        if (state != PeerFilter.State.CLOSED) {
            registry.sessions().forEach(session -> facts.add(session.snapshot()));
        }
        if (state == PeerFilter.State.HALF_CLOSED) {
            facts.removeIf(peer -> peer.state() != PeerState.HALF_CLOSED);
            assertThat(facts).isNotEmpty();
        } else if (state != PeerFilter.State.OPEN) {
            facts.addAll(registry.recentlyClosed());
        }
        return facts;
    }

    /** Returns the expected order: peers without a value last, and equal values by id. */
    private static Comparator<PeerSnapshot> reference(PeerSort sort) {
        return switch (sort.key()) {
            case CONNECTED_AT -> by(peer -> peer.id().seq(), sort);
            case LAST_RECEIVED_AT -> by(PeerSnapshot::lastReceivedAt, sort);
            case LAST_SENT_AT -> by(PeerSnapshot::lastSentAt, sort);
            case RECEIVED_BYTES -> by(peer -> peer.received().bytes(), sort);
            case SENT_BYTES -> by(peer -> peer.sent().bytes(), sort);
            case QUEUED_BYTES -> by(peer -> peer.queued().bytes(), sort);
            case IDLE ->
                    by(
                            peer -> lastActive(peer).toEpochMilli(),
                            new PeerSort(SortKey.IDLE, !sort.descending()));
            // fake links have no kernel socket, so all values are missing
            case RTT, UNACKED_BYTES, RETRANSMITS -> Comparator.comparing(PeerSnapshot::id);
        };
    }

    private static java.time.Instant lastActive(PeerSnapshot peer) {
        return Stream.of(peer.connectedAt(), peer.lastReceivedAt(), peer.lastSentAt())
                .filter(Objects::nonNull)
                .max(Comparator.naturalOrder())
                .orElseThrow();
    }

    private static <T extends Comparable<? super T>> Comparator<PeerSnapshot> by(
            Function<PeerSnapshot, @Nullable T> value, PeerSort sort) {
        Comparator<T> order = Comparator.naturalOrder();
        return Comparator.comparing(
                        value, Comparator.nullsLast(sort.descending() ? order.reversed() : order))
                .thenComparing(PeerSnapshot::id);
    }

    // ---- cursors

    @Test
    void aCursorStaysValidAfterItsPeerHasClosed() {
        PeerSession first = registry.open(one, new FakeLink());
        PeerSession second = registry.open(one, new FakeLink());
        String next =
                pages.page(new PeerQuery(OPEN, PeerSort.DEFAULT, false, Reach.ALL), 1, null).next();
        first.abort(CloseReason.KICKED, null);
        assertThat(
                        ids(
                                pages.page(
                                        new PeerQuery(OPEN, PeerSort.DEFAULT, false, Reach.ALL),
                                        1,
                                        next)))
                .containsExactly(second.id());
    }

    @Test
    void aPeerThatConnectsBetweenTwoPagesIsOnTheLaterPage() {
        PeerSession first = registry.open(one, new FakeLink());
        PeerSession second = registry.open(one, new FakeLink());
        PeerPage page =
                pages.page(new PeerQuery(OPEN, PeerSort.DEFAULT, false, Reach.ALL), 1, null);
        assertThat(ids(page)).containsExactly(first.id());
        PeerSession third = registry.open(one, new FakeLink());
        assertThat(
                        ids(
                                pages.page(
                                        new PeerQuery(OPEN, PeerSort.DEFAULT, false, Reach.ALL),
                                        9,
                                        page.next())))
                .containsExactly(second.id(), third.id());
    }

    /**
     * The Javadoc documents this: a peer that moves across the end of a page is missed or repeated.
     */
    @Test
    void aPeerThatMovesBeforeTheCursorIsMissed() {
        PeerSort mostReceived = PeerSort.parse("-receivedBytes");
        PeerSession first = registry.open(one, new FakeLink());
        PeerSession second = registry.open(one, new FakeLink());
        first.receiveStats().add(1, 10);
        PeerPage page = pages.page(new PeerQuery(OPEN, mostReceived, false, Reach.ALL), 1, null);
        assertThat(ids(page)).containsExactly(first.id());
        second.receiveStats().add(1, 20);
        assertThat(
                        pages.page(
                                        new PeerQuery(OPEN, mostReceived, false, Reach.ALL),
                                        1,
                                        page.next())
                                .peers())
                .isEmpty();
    }

    /**
     * Race of a close with a list of live and closed peers: a peer may be among the live, among the
     * closed, or for a moment among both. Pages are short, because more pages make the race more
     * likely.
     */
    @RepeatedTest(5)
    void aPeerThatClosesWhileAllAreListedIsCountedOnce() throws InterruptedException {
        PeerRegistry large = PeerFixtures.registry(PeerFixtures.limits(1_000, 100), MANY);
        PeerListService all = pages(large);
        PeerFilter any = filter(PeerFilter.State.ANY);
        List<PeerSession> sessions = new ArrayList<>();
        for (int i = 0; i < 3_000; i++) {
            sessions.add(large.open(one, new FakeLink()));
        }
        List<PeerId> ids = sessions.stream().map(PeerSession::id).toList();
        assertThat(
                        ids(
                                all.page(
                                        new PeerQuery(any, PeerSort.DEFAULT, false, Reach.ALL),
                                        MANY,
                                        null)))
                .isEqualTo(ids);
        Thread closer =
                Thread.ofPlatform()
                        .start(
                                () ->
                                        sessions.forEach(
                                                each -> each.abort(CloseReason.KICKED, null)));
        while (closer.isAlive()) {
            assertThat(
                            all.page(
                                            new PeerQuery(any, PeerSort.DEFAULT, false, Reach.ALL),
                                            1,
                                            null)
                                    .total())
                    .isEqualTo(ids.size());
        }
        closer.join();
        assertThat(
                        ids(
                                all.page(
                                        new PeerQuery(any, PeerSort.DEFAULT, false, Reach.ALL),
                                        MANY,
                                        null)))
                .isEqualTo(ids);
    }

    /**
     * The same race at the critical moment: the peer closes after the closed peers were read and
     * before the live ones are.
     */
    @Test
    void aPeerThatClosesAfterTheClosedPeersWereReadIsListed() {
        FakeLink link = new FakeLink();
        PeerSession first = registry.open(one, link);
        PeerSession second = registry.open(one, new FakeLink()); // already fetched by the iterator
        PeerSession last = registry.open(one, new FakeLink());
        link.onClientLookup(() -> last.abort(CloseReason.KICKED, null));
        PeerFilter search =
                new PeerFilter(PeerFilter.State.ANY, null, null, null, null, "127.0.0.1:40001");
        PeerPage page =
                pages.page(new PeerQuery(search, PeerSort.DEFAULT, false, Reach.ALL), 10, null);
        assertThat(last.state()).isEqualTo(PeerState.CLOSED);
        assertThat(ids(page)).containsExactly(first.id(), second.id(), last.id());
    }

    @Test
    void refusesTheCursorOfAnotherSort() {
        registry.open(one, new FakeLink());
        registry.open(one, new FakeLink());
        String next =
                pages.page(new PeerQuery(OPEN, PeerSort.DEFAULT, false, Reach.ALL), 1, null).next();
        assertRefused(
                () ->
                        pages.page(
                                new PeerQuery(OPEN, PeerSort.parse("idle"), false, Reach.ALL),
                                1,
                                next),
                Rejection.Reason.BAD_REQUEST,
                "after=",
                "sort=idle");
    }

    @ParameterizedTest
    @EnumSource(
            value = PeerFilter.State.class,
            names = {"CLOSED", "ANY"})
    void refusesToSortClosedPeersByAValueOfTheKernel(PeerFilter.State state) {
        assertRefused(
                () ->
                        pages.page(
                                new PeerQuery(
                                        filter(state), PeerSort.parse("-rtt"), false, Reach.ALL),
                                1,
                                null),
                Rejection.Reason.BAD_REQUEST,
                "sort=-rtt",
                "open peers only");
    }

    @Test
    void refusesAnOrderWhoseValueTheKernelDoesNotProvide() {
        kernel.destroy();
        assertRefused(
                () ->
                        pages.page(
                                new PeerQuery(OPEN, PeerSort.parse("rtt"), false, Reach.ALL),
                                1,
                                null),
                Rejection.Reason.NOT_AVAILABLE,
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
            assertThat(pages.page(new PeerQuery(OPEN, sort, false, Reach.ALL), 2, null).total())
                    .isEqualTo(10);
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
        return pages.page(new PeerQuery(filter, sort, false, Reach.ALL), 2, null).total();
    }

    @Test
    void findsThePeersOfOneListener() {
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
    void findsNamesAndGroupsInEveryOrder(String sort) {
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
    void closedPeersKeepTheirNamesAndGroups() {
        PeerSession closed = registry.open(one, new FakeLink());
        registry.rename(closed, "truck-7");
        registry.regroup(closed, List.of("east"));
        closed.abort(CloseReason.KICKED, null);
        PeerSession reconnected = registry.open(one, new FakeLink());
        registry.rename(reconnected, "truck-7");
        for (PeerFilter.State state : PeerFilter.State.values()) {
            PeerFilter name = new PeerFilter(state, "truck-7", null, null, null, null);
            List<PeerId> expected =
                    switch (state) {
                        case OPEN -> List.of(reconnected.id());
                        case HALF_CLOSED -> List.of();
                        case CLOSED -> List.of(closed.id());
                        case ANY -> List.of(closed.id(), reconnected.id());
                    };
            assertThat(walk(name, PeerSort.DEFAULT, 1)).isEqualTo(expected);
        }
        PeerFilter group = new PeerFilter(PeerFilter.State.CLOSED, null, "east", null, null, null);
        assertThat(walk(group, PeerSort.DEFAULT, 1)).containsExactly(closed.id());
    }

    private PeerListService pages(PeerRegistry peers) {
        Cluster single = PeerFixtures.singleNode(peers);
        Listeners listeners = PeerFixtures.listeners(one, other);
        return new PeerListService(
                new PeerFinder(peers, listeners, kernel, single), listeners, single);
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
