package io.switchboard.peer;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Connects to others, so that they become peers. */
public interface Dialler {
    /** What became of a {@link Call}. */
    sealed interface Dialled {

        /** The far end is a peer. */
        record Connected(PeerSession session) implements Dialled {}

        /** connect(2) failed at every address of the host; this is what the last one said. */
        record Failed(SocketError error) implements Dialled {}

        /** The configuration does not allow this address; nobody was connected to. */
        record Forbidden(InetAddress address) implements Dialled {}

        /** The listener has as many connections as it takes. */
        record Full(String sentence) implements Dialled {}

        /** Another peer has the name, and keeps it. */
        record NameTaken(PeerSession by) implements Dialled {}

        /** The service is stopping. */
        record Stopping() implements Dialled {}
    }

    /**
     * Whom this service is to connect to, and as what.
     *
     * @param host name or numeric address
     * @param listener whose framing, limits and webhook the peer gets
     * @param name what the peer is to be called; null for none
     * @param groups besides the listener's and the name's
     * @param timeout for resolving and connecting together
     */
    record Call(
            String host,
            int port,
            Listener listener,
            @Nullable String name,
            List<String> groups,
            Duration timeout) {}

    /** Whether peers of this listener can be connected to: it must be one of plain TCP. */
    boolean serves(Listener listener);

    /**
     * Connects. Blocks the calling thread, which should be virtual, for at most the call's timeout.
     * The call's listener is one that this {@link #serves}.
     */
    Dialled dial(Call call) throws InterruptedException;
}
