package io.switchboard.receive;

import com.google.re2j.Matcher;
import io.switchboard.peer.CloseReason;
import io.switchboard.peer.Identification;
import io.switchboard.peer.LinearPattern;
import io.switchboard.peer.Names;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerRegistry.NameResult;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.Reach;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Names peers by the content of their frames. Called on the peer's event loop. */
@Component
final class Identifier {
    private static final Logger log = LoggerFactory.getLogger(Identifier.class);

    private final PeerRegistry registry;

    Identifier(PeerRegistry registry) {
        this.registry = registry;
    }

    /**
     * Searches a frame for a name and a group if no frame or operator has named the peer yet. An
     * invalid name or group closes the peer. The messages before the frame are published first.
     *
     * @return whether the frame was used up and must not be processed as a message
     */
    boolean consumes(MessageBatch before, byte[] payload) {
        PeerSession session = before.session();
        Identification identification = session.listener().identification();
        LinearPattern pattern = identification.pattern();
        if (pattern == null || session.identified()) {
            return false;
        }
        Matcher matcher = pattern.matcher(payload);
        if (!matcher.find()) {
            return false;
        }
        before.publish();
        String name = matcher.group("name");
        String group = pattern.hasGroup("group") ? matcher.group("group") : null;
        Optional<String> error = Names.nameError(name == null ? "" : name);
        if (error.isEmpty() && group != null) {
            error = Names.groupError(group);
        }
        if (error.isPresent()) {
            session.closeWithError(CloseReason.NOT_IDENTIFIED, error.get());
            return identification.consume();
        }
        switch (registry.identify(session, name, group == null ? List.of() : List.of(group))) {
            case NameResult.Named _ -> {
                log.debug("{} was named {}", session.id(), name);
                if (identification.reply().length > 0) {
                    session.send(identification.reply());
                }
            }
            case NameResult.Taken taken -> session.closeAsDuplicate(taken, name, Reach.ALL);
            case NameResult.Gone _, NameResult.OutOfReach _ ->
                    log.trace("{} closed before it was named", session.id());
        }
        return identification.consume();
    }
}
