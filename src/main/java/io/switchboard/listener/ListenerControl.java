package io.switchboard.listener;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;
import org.springframework.core.env.ConfigurableEnvironment;

/**
 * Opens, changes and closes the sockets of listeners while the service runs. The package {@code
 * transport} implements it.
 *
 * <p>Thread-safe, except that two calls about one name must not run at the same time: {@link
 * ListenerNames} sees to that. All methods may block.
 */
public interface ListenerControl {

    /** A configuration that was checked, so that only its address can be refused. */
    interface Checked {
        String name();
    }

    /**
     * In which keys a configuration differs from that of the open listener.
     *
     * @param inPlace the keys that change without a new socket
     * @param newSocket the keys that need a new socket
     */
    record Difference(List<String> inPlace, List<String> newSocket) {

        /** Returns whether both configurations are the same. */
        boolean isNone() {
            return inPlace.isEmpty() && newSocket.isEmpty();
        }
    }

    /** Returns the keys of a listener, without those below them. */
    SortedSet<String> keys();

    /**
     * Checks keys, such as {@code port} or {@code max-frame}; nested keys are maps.
     *
     * @throws ListenerFault a key is unknown, or a value is not valid
     */
    Checked check(String name, Map<String, Object> keys);

    /**
     * Checks the listeners of a configuration, by name.
     *
     * @throws ListenerFault a key is unknown, or a value is not valid
     */
    SortedMap<String, Checked> check(ConfigurableEnvironment configuration);

    /** Compares a configuration with that of the open listener of its name, which must exist. */
    Difference compare(Checked next);

    /**
     * Checks that a change of the open listener gives up no events of its peers.
     *
     * @throws ListenerFault the change has another webhook, and events still wait for the one that
     *     an earlier change has replaced, of which a further change keeps none
     */
    void checkNothingGivenUp(Checked next);

    /**
     * Opens a listener.
     *
     * @throws ListenerFault its address cannot be bound; nothing is left of the listener
     */
    void open(Checked listener);

    /**
     * Changes the open listener of this name to a configuration that needs no new socket. Peers
     * stay connected and get the change.
     */
    void change(Checked next);

    /**
     * Closes a listener: accepts nothing more, flushes the outboxes of its peers and closes them,
     * and frees the address.
     *
     * @param drain how long the peers may take; those that are left are closed at once
     * @param farewell the last message to each peer; null for none
     * @return the number of peers that were closed
     */
    int close(String name, Duration drain, @Nullable String farewell);

    /**
     * Checks the last message to the peers of an open listener.
     *
     * @throws ListenerFault its framing cannot carry the message
     */
    void checkFarewell(String name, String farewell);
}
