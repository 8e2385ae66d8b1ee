package io.switchboard.peer;

import io.switchboard.peer.Identification.OnDuplicate;
import io.switchboard.peer.Peer.PeerState;
import io.switchboard.peer.PeerRegistry.Naming;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Finds live sessions by name and by group.
 *
 * <p>Only an open session is given a name: what one that is being closed still says must not take
 * it from the peer that has come after it.
 *
 * <p>Every change of a session's {@link Identity} goes through here, under this object's monitor,
 * which is held for a few map operations and taken before a session's. Finding takes no lock. Two
 * races have rules:
 *
 * <ul>
 *   <li>A session that closes while it is given a name: a session is CLOSED before it {@link #leave
 *       leaves}, and one that is CLOSED is given nothing, so whichever comes first, no entry of it
 *       stays.
 *   <li>A session that closes after another took its name: what leaves is the session, not the
 *       name.
 * </ul>
 */
final class Directory {
    /**
     * A peer's name (null without one), its groups (sorted, each once), and whether a frame or an
     * operator has set them: then its frames are not searched for a name.
     */
    record Identity(@Nullable String name, List<String> groups, boolean settled) {
        static final Identity NONE = new Identity(null, List.of(), false);
    }

    private final Map<String, List<PeerSession>> named = new ConcurrentHashMap<>();
    private final Map<String, Set<PeerSession>> grouped = new ConcurrentHashMap<>();
    private final GroupProperties byName;

    Directory(GroupProperties byName) {
        this.byName = byName;
    }

    List<PeerSession> named(String name) {
        return named.getOrDefault(name, List.of());
    }

    /** A view, in no order. */
    Collection<PeerSession> group(String group) {
        return grouped.getOrDefault(group, Set.of());
    }

    SortedMap<String, Integer> groups() {
        SortedMap<String, Integer> sizes = new TreeMap<>();
        grouped.forEach((group, sessions) -> sizes.put(group, sessions.size()));
        return sizes;
    }

    /** Gives a session a name, the groups that the name makes, and {@code groups}. */
    synchronized Naming name(
            PeerSession session, String name, Collection<String> groups, boolean settled) {
        if (session.state() != PeerState.OPEN) {
            return new Naming.Gone();
        }
        List<PeerSession> others =
                named(name).stream()
                        .filter(each -> each != session && each.state() == PeerState.OPEN)
                        .toList();
        OnDuplicate policy = session.listener().identification().onDuplicate();
        if (policy == OnDuplicate.REJECT && !others.isEmpty()) {
            return new Naming.Taken(others.getFirst());
        }
        forget(session);
        List<PeerSession> all = new ArrayList<>(2);
        if (policy == OnDuplicate.ALLOW_BOTH) {
            all.addAll(others);
        }
        all.add(session);
        named.put(name, List.copyOf(all));
        become(session, name, groupsUnder(session, name, groups), settled);
        return new Naming.Named(policy == OnDuplicate.REPLACE ? others : List.of());
    }

    /** What it was given before, but for what the old name made; what the new one makes; these. */
    private Collection<String> groupsUnder(
            PeerSession session, String name, Collection<String> groups) {
        Identity old = session.identity();
        List<String> madeByOld = old.name() == null ? List.of() : byName.of(old.name());
        Stream<String> kept = old.groups().stream().filter(each -> !madeByOld.contains(each));
        return Stream.of(kept, byName.of(name).stream(), groups.stream())
                .flatMap(each -> each)
                .toList();
    }

    /** Takes a session's name away; its groups stay. */
    synchronized void unname(PeerSession session) {
        if (session.state() != PeerState.CLOSED) {
            forget(session);
            become(session, null, session.identity().groups(), true);
        }
    }

    synchronized void regroup(PeerSession session, Collection<String> groups) {
        Identity old = session.identity();
        if (session.state() != PeerState.CLOSED) {
            become(session, old.name(), groups, old.settled());
        }
    }

    synchronized void join(PeerSession session, String group) {
        List<String> groups = new ArrayList<>(session.groups());
        groups.add(group);
        regroup(session, groups);
    }

    synchronized void part(PeerSession session, String group) {
        List<String> groups = new ArrayList<>(session.groups());
        groups.remove(group);
        regroup(session, groups);
    }

    /** Forgets a session that is CLOSED; what it went by stays with its last facts. */
    synchronized void leave(PeerSession session) {
        forget(session);
        session.identity().groups().forEach(group -> remove(group, session));
    }

    private void forget(PeerSession session) {
        String name = session.identity().name();
        if (name != null) {
            named.computeIfPresent(
                    name,
                    (_, sessions) -> {
                        List<PeerSession> others =
                                sessions.stream().filter(each -> each != session).toList();
                        return others.isEmpty() ? null : others;
                    });
        }
    }

    private void become(
            PeerSession session,
            @Nullable String name,
            Collection<String> groups,
            boolean settled) {
        Identity old = session.identity();
        Identity next = new Identity(name, List.copyOf(new TreeSet<>(groups)), settled);
        session.identity(next);
        old.groups().stream()
                .filter(group -> !next.groups().contains(group))
                .forEach(group -> remove(group, session));
        next.groups()
                .forEach(
                        group ->
                                grouped.computeIfAbsent(group, _ -> ConcurrentHashMap.newKeySet())
                                        .add(session));
    }

    private void remove(String group, PeerSession session) {
        grouped.computeIfPresent(
                group,
                (_, sessions) -> {
                    sessions.remove(session);
                    return sessions.isEmpty() ? null : sessions;
                });
    }
}
