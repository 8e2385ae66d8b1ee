package io.switchboard.listener;

import io.switchboard.listener.ListenerFault.Reason;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.stereotype.Component;

/**
 * The names of listeners that are being created, changed or removed. A caller claims the name
 * before it reads the state of the listener, and gives it back when its work is done, which a drain
 * may delay by a minute. Nobody waits for a name: a second request is refused. So no lock is held
 * during a drain, and work on other names goes on. Thread-safe.
 */
@Component
final class ListenerNames {
    private final Set<String> claimed = ConcurrentHashMap.newKeySet();

    /** A claim, which {@link #close} gives back. */
    interface Claim extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * Claims a name.
     *
     * @throws ListenerFault somebody else has it
     */
    Claim claim(String name) {
        if (!claimed.add(name)) {
            throw new ListenerFault(
                    Reason.LISTENER_BUSY,
                    "listener '%s' is being created, changed or removed by another request: try again in a moment"
                            .formatted(name));
        }
        return () -> claimed.remove(name);
    }
}
