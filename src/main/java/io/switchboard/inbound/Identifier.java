package io.switchboard.inbound;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.switchboard.peer.CloseReason;
import io.switchboard.peer.Identification;
import io.switchboard.peer.Names;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerRegistry.Naming;
import io.switchboard.peer.PeerSession;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Learns who a peer is from what it says. Called on the peer's event loop. */
@Component
final class Identifier {
    /** A name stands at a frame's beginning: no expression is let loose on more. */
    private static final int SEARCHED_BYTES = 1_024;

    private static final Logger log = LoggerFactory.getLogger(Identifier.class);

    private final PeerRegistry registry;

    Identifier(PeerRegistry registry) {
        this.registry = registry;
    }

    /**
     * Looks at a frame of a peer that none has named yet.
     *
     * @return whether the frame was for this alone
     */
    boolean consumes(PeerSession session, byte[] payload) {
        Identification how = session.listener().identification();
        Pattern pattern = how.pattern();
        if (pattern == null || session.identified()) {
            return false;
        }
        Matcher found = search(pattern, payload);
        if (!found.find()) {
            return false;
        }
        String name = found.group("name");
        String group = pattern.namedGroups().containsKey("group") ? found.group("group") : null;
        Optional<String> objection = Names.objectionToName(name == null ? "" : name);
        if (objection.isEmpty() && group != null) {
            objection = Names.objectionToGroup(group);
        }
        if (objection.isPresent()) {
            session.closeWithError(CloseReason.NOT_IDENTIFIED, objection.get());
            return how.consume();
        }
        switch (registry.identify(session, name, group == null ? List.of() : List.of(group))) {
            case Naming.Named _ -> {
                log.debug("{} is {}", session.id(), name);
                if (how.reply().length > 0) {
                    session.say(how.reply());
                }
            }
            case Naming.Taken taken -> session.refuse(taken, name);
            case Naming.Gone _ -> log.trace("{} closed before it was named", session.id());
        }
        return how.consume();
    }

    /** Returns a matcher of the beginning of a frame. */
    static Matcher search(Pattern pattern, byte[] payload) {
        int length = Math.min(payload.length, SEARCHED_BYTES);
        return pattern.matcher(new String(payload, 0, length, UTF_8));
    }
}
