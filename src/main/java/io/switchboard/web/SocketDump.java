package io.switchboard.web;

import io.switchboard.kernel.Ends;
import io.switchboard.kernel.SocketFigures;
import io.switchboard.peer.PeerSession;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What the kernel knew of every socket at one moment. */
final class SocketDump implements Consumer<SocketFigures> {
    private final Map<Ends, SocketFigures> byEnds = new HashMap<>();

    @Override
    public void accept(SocketFigures figures) {
        byEnds.put(figures.ends(), figures);
    }

    /** This peer's socket; null where the kernel knew none. */
    @Nullable SocketFigures of(PeerSession session) {
        return byEnds.get(ends(session));
    }

    /** A peer and its socket, as lists show them. */
    PeerRow row(PeerSession session) {
        SocketFigures figures = of(session);
        SocketView socket = figures == null ? null : SocketView.inList(figures);
        return new PeerRow(session.facts(), socket);
    }

    /** By what the kernel knows its socket; null where that is none of TCP. */
    static @Nullable Ends ends(PeerSession session) {
        return session.listener().transport().isTcp()
                ? Ends.of(session.local(), session.remote())
                : null;
    }
}
