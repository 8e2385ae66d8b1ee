package io.switchboard.peer;

import io.switchboard.peer.Identification.OnDuplicate;
import io.switchboard.peer.PeerRegistry.NameResult;
import io.switchboard.peer.PeerSnapshot.PeerState;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The index of live sessions by name and by group.
 *
 * <p>Only an open session can be given a name. A session that is being closed may still receive a
 * frame with a name, and that frame must not take the name from a peer that connected later. A
 * half-closed session can be given one too, but keeps it from no other: it sends nothing more.
 *
 * <p>Only this class changes the {@link Identity} of a session. It does so under its own monitor,
 * which is held for a few map operations and is taken before the monitor of a session. Lookups take
 * no lock. Two races have rules:
 *
 * <ul>
 *   <li>A session closes while it is given a name. The session becomes CLOSED before it is {@link
 *       #remove removed}, and a CLOSED session is given no name, so in either order no entry of it
 *       remains.
 *   <li>A session closes after another session took over its name. Only the entry of the closed
 *       session is removed, not the name.
 * </ul>
 */
final class NameIndex {
    private static final Comparator<PeerSession> BY_CONNECTION =
            Comparator.comparing(PeerSession::id);

    /**
     * The name and groups of a peer.
     *
     * @param name the name; null if the peer has none
     * @param groups the groups, sorted and without duplicates
     * @param identified whether a frame or an operator set the name; if so, frames are not searched
     *     for a name
     */
    record Identity(@Nullable String name, List<String> groups, boolean identified) {
        static final Identity NONE = new Identity(null, List.of(), false);
    }

    /**
     * The holders of each name, by the order of their connections: an immutable set of one, or a
     * concurrent set of several. A change costs no more if a name has many holders, because any
     * peer may choose the same name as all others.
     */
    private final Map<String, Set<PeerSession>> named = new ConcurrentHashMap<>();

    private final Map<String, Set<PeerSession>> grouped = new ConcurrentHashMap<>();
    private final GroupProperties groupPatterns;

    NameIndex(GroupProperties groupPatterns) {
        this.groupPatterns = groupPatterns;
    }

    /** Returns the sessions with this name, oldest connection first. */
    List<PeerSession> named(String name) {
        return List.copyOf(holders(name));
    }

    private Set<PeerSession> holders(String name) {
        return named.getOrDefault(name, Set.of());
    }

    /** Returns a live view of the sessions in a group, in no particular order. */
    Collection<PeerSession> group(String group) {
        return grouped.getOrDefault(group, Set.of());
    }

    /** Returns the groups whose expression matches the name. */
    List<String> groupsOf(String name) {
        return groupPatterns.of(name);
    }

    /** Returns the number of sessions in each group. */
    SortedMap<String, Integer> groups() {
        SortedMap<String, Integer> sizes = new TreeMap<>();
        grouped.forEach((group, sessions) -> sizes.put(group, sessions.size()));
        return sizes;
    }

    /** Returns the names of at most {@code most} groups, in no particular order. */
    List<String> groupNames(int most) {
        return grouped.keySet().stream().limit(most).toList();
    }

    /**
     * Gives a session a name. It joins {@code groups} and the groups whose expression matches the
     * name.
     *
     * @param reach that of who gives the name: a peer out of it keeps its name, also while it is
     *     half-closed
     */
    synchronized NameResult name(
            PeerSession session,
            String name,
            Collection<String> groups,
            boolean identified,
            Reach reach) {
        return take(session, name, groupsAfterRename(session, name, groups), identified, reach);
    }

    /** Gives a session a name as {@link #name} does, and makes these all of its groups. */
    private NameResult take(
            PeerSession session,
            String name,
            Collection<String> groups,
            boolean identified,
            Reach reach) {
        if (!session.isOpen()) {
            return new NameResult.Gone();
        }
        OnDuplicate policy = session.listener().identification().onDuplicate();
        Stream<PeerSession> others = // of a name that is shared, they may be many
                holders(name).stream()
                        .filter(each -> each != session && each.state() == PeerState.OPEN);
        Optional<PeerSession> keeping =
                policy == OnDuplicate.REJECT ? others.findFirst() : Optional.empty();
        keeping = keeping.or(() -> holderOutOf(reach, session, name));
        if (keeping.isPresent()) {
            return new NameResult.Taken(keeping.get());
        }
        List<PeerSession> replaced = policy == OnDuplicate.REPLACE ? others.toList() : List.of();
        removeName(session);
        if (policy != OnDuplicate.ALLOW_BOTH) {
            named.remove(name);
        }
        addName(session, name, reach);
        setIdentity(session, name, groups, identified);
        return new NameResult.Named(replaced);
    }

    private Optional<PeerSession> holderOutOf(Reach reach, PeerSession session, String name) {
        return reach.includesAll()
                ? Optional.empty()
                : holders(name).stream()
                        .filter(each -> each != session && !reach.includes(each))
                        .findFirst();
    }

    private void addName(PeerSession session, String name, Reach reach) {
        named.compute(
                name,
                (_, holders) -> {
                    if (holders == null) {
                        return Set.of(session);
                    }
                    Set<PeerSession> several = holders;
                    if (!(holders instanceof ConcurrentSkipListSet)) {
                        several = new ConcurrentSkipListSet<>(BY_CONNECTION);
                        several.addAll(holders);
                    }
                    dropClosing(several, reach);
                    several.add(session);
                    return several;
                });
    }

    /**
     * Removes the oldest holders that are being closed or half-closed, up to the first that is open
     * or out of reach.
     */
    private static void dropClosing(Set<PeerSession> holders, Reach reach) {
        for (Iterator<PeerSession> oldest = holders.iterator(); oldest.hasNext(); ) {
            PeerSession holder = oldest.next();
            if (holder.state() == PeerState.OPEN || !reach.includes(holder)) {
                return;
            }
            oldest.remove();
        }
    }

    /**
     * Returns the present groups without those that the old name implied, the groups that the new
     * name implies, and {@code groups}.
     */
    private Collection<String> groupsAfterRename(
            PeerSession session, String name, Collection<String> groups) {
        Identity old = session.identity();
        List<String> impliedByOld = old.name() == null ? List.of() : groupPatterns.of(old.name());
        Stream<String> kept = old.groups().stream().filter(each -> !impliedByOld.contains(each));
        return Stream.of(kept, groupPatterns.of(name).stream(), groups.stream())
                .flatMap(each -> each)
                .toList();
    }

    /**
     * Gives a session another name, as {@link #name} does, on behalf of a caller with this reach.
     *
     * @param groups all groups of the session from then on; null for those that it has after a
     *     rename
     */
    synchronized NameResult rename(
            PeerSession session, String name, @Nullable Collection<String> groups, Reach reach) {
        Collection<String> next =
                groups == null ? groupsAfterRename(session, name, List.of()) : groups;
        return mayChange(session, next, reach)
                ? take(session, name, next, true, reach)
                : new NameResult.OutOfReach();
    }

    /** Removes the name of a session; its groups remain. */
    synchronized void unname(PeerSession session) {
        var _ = unname(session, null, Reach.ALL);
    }

    /**
     * Removes the name of a session on behalf of a caller with this reach.
     *
     * @param groups all groups of the session from then on; null for those that it has
     * @return whether the session is in reach, and all groups that it would join or leave
     */
    synchronized boolean unname(
            PeerSession session, @Nullable Collection<String> groups, Reach reach) {
        Collection<String> next = groups == null ? session.groups() : groups;
        if (!mayChange(session, next, reach)) {
            return false;
        }
        if (session.state() != PeerState.CLOSED) {
            removeName(session);
            setIdentity(session, null, next, true);
        }
        return true;
    }

    /**
     * Replaces the groups of a session. The session may have left the reach since the caller found
     * it, so this decides in one step with the change.
     *
     * @return whether the session is in reach, and all groups that it would join or leave
     */
    synchronized boolean regroup(PeerSession session, Collection<String> groups, Reach reach) {
        if (!mayChange(session, groups, reach)) {
            return false;
        }
        Identity old = session.identity();
        if (session.state() != PeerState.CLOSED) {
            setIdentity(session, old.name(), groups, old.identified());
        }
        return true;
    }

    synchronized boolean join(PeerSession session, String group, Reach reach) {
        List<String> groups = new ArrayList<>(session.groups());
        groups.add(group);
        return regroup(session, groups, reach);
    }

    synchronized boolean leave(PeerSession session, String group, Reach reach) {
        List<String> groups = new ArrayList<>(session.groups());
        groups.remove(group);
        return regroup(session, groups, reach);
    }

    private static boolean mayChange(PeerSession session, Collection<String> groups, Reach reach) {
        if (reach.includesAll()) {
            return true;
        }
        Set<String> changed = new TreeSet<>(groups);
        session.groups().stream().filter(each -> !changed.remove(each)).forEach(changed::add);
        return reach.includes(session) && reach.mayJoin(changed);
    }

    /** Removes a CLOSED session from the index; its last snapshot keeps the name and groups. */
    synchronized void remove(PeerSession session) {
        removeName(session);
        session.identity().groups().forEach(group -> removeFromGroup(group, session));
    }

    private void removeName(PeerSession session) {
        String name = session.identity().name();
        if (name != null) {
            named.computeIfPresent(
                    name,
                    (_, holders) -> {
                        if (holders instanceof ConcurrentSkipListSet) {
                            holders.remove(session);
                            return holders.isEmpty() ? null : holders;
                        }
                        return holders.contains(session) ? null : holders;
                    });
        }
    }

    private void setIdentity(
            PeerSession session,
            @Nullable String name,
            Collection<String> groups,
            boolean identified) {
        Identity old = session.identity();
        Identity next = new Identity(name, List.copyOf(new TreeSet<>(groups)), identified);
        session.identity(next);
        old.groups().stream()
                .filter(group -> !next.groups().contains(group))
                .forEach(group -> removeFromGroup(group, session));
        next.groups()
                .forEach(
                        group ->
                                grouped.computeIfAbsent(group, _ -> ConcurrentHashMap.newKeySet())
                                        .add(session));
    }

    private void removeFromGroup(String group, PeerSession session) {
        grouped.computeIfPresent(
                group,
                (_, sessions) -> {
                    sessions.remove(session);
                    return sessions.isEmpty() ? null : sessions;
                });
    }
}
