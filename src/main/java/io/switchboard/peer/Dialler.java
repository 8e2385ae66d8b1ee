package io.switchboard.peer;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Connects to others, so that they become peers. */
public interface Dialler {
    /**
     * What became of a {@link Call}: the far end is a peer; connect(2) failed at every address, the
     * last time with this error; the configuration forbids the address; the listener is full;
     * another peer has and keeps the name; or the service is stopping.
     */
    sealed interface Dialled {
        record Connected(PeerSession session) implements Dialled {}

        record Failed(SocketError error) implements Dialled {}

        record Forbidden(InetAddress address) implements Dialled {}

        record Full(String sentence) implements Dialled {}

        record NameTaken(PeerSession by) implements Dialled {}

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
