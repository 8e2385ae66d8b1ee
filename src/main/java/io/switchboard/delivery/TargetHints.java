package io.switchboard.delivery;

import io.switchboard.net.Spelling;
import io.switchboard.peer.PeerRegistry;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Says which group the sender of a message that matched no peer may mean. Thread-safe. */
@Component
public final class TargetHints {
    /** An empty group is often no mistake, and a back end may send to it all the time. */
    private static final int MOST_EXAMINED = 500;

    /** A comparison of two long names takes 10 µs, and a request has room for 100,000 targets. */
    private static final int MOST_TARGETS = 10;

    private final PeerRegistry registry;

    public TargetHints(PeerRegistry registry) {
        this.registry = registry;
    }

    /**
     * Returns a sentence that names the groups of this node with names similar to those of the
     * first groups among the targets; null if the message matched a peer, or if there is none. It
     * examines a fixed number of names at most, and none out of the sender's reach.
     */
    public @Nullable String of(Send send, SendResult.Reported reported) {
        if (reported.report().matched() > 0) {
            return null;
        }
        List<String> sentences = new ArrayList<>();
        List<String> known = null;
        for (String name : groups(send.to())) {
            known = known == null ? registry.groupNames(send.reach(), MOST_EXAMINED) : known;
            List<String> similar = Spelling.similar(name, known);
            if (!similar.isEmpty()) {
                sentences.add(
                        "no peer is in group:%s; did you mean %s?"
                                .formatted(name, String.join(" or ", prefixed(similar))));
            }
        }
        return sentences.isEmpty() ? null : String.join(" ", sentences);
    }

    private static List<String> groups(List<Target> targets) {
        return targets.stream()
                .filter(Target.OfGroup.class::isInstance)
                .map(each -> ((Target.OfGroup) each).name())
                .limit(MOST_TARGETS)
                .toList();
    }

    private static List<String> prefixed(List<String> groups) {
        return groups.stream().map(each -> "group:" + each).toList();
    }
}
