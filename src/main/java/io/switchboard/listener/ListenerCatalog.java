package io.switchboard.listener;

import io.switchboard.listener.ListenerFault.Reason;
import io.switchboard.net.OpenFiles;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Which listeners this node has, and where they come from: the configuration or the API. Two
 * concurrent maps, whose entries only the holder of a {@linkplain ListenerNames claim} changes.
 * Thread-safe.
 */
@Component
public final class ListenerCatalog {
    /** Where a listener comes from. */
    public enum Source {
        CONFIGURATION,
        API;

        /** Returns the word for it in the API. */
        public String word() {
            return this == API ? "api" : "configuration";
        }
    }

    /**
     * A listener that is not open at this node.
     *
     * @param node the only node that has it; null for every node
     * @param orphaned whether that node has been gone for an hour
     * @param error why it is not open
     */
    public record NotOpen(
            String name, Source source, @Nullable String node, boolean orphaned, String error) {}

    /** Each listener takes a file of the reserve, which is for everything but connections. */
    private static final int PART_OF_RESERVE = 2;

    private final OpenFiles files;
    private final Set<String> configured = ConcurrentHashMap.newKeySet();
    private final Map<String, String> configuredErrors = new ConcurrentSkipListMap<>();
    private final Map<String, RuntimeListener> created = new ConcurrentSkipListMap<>();

    ListenerCatalog(OpenFiles files) {
        this.files = files;
    }

    /**
     * Checks that the API may create one more listener. Requests that run at the same time may
     * exceed the limit by their number.
     *
     * @throws ListenerFault it may not
     */
    void requireRoom() {
        long most = Math.max(1, files.reserve() / PART_OF_RESERVE);
        if (created.size() >= most) {
            throw new ListenerFault(
                    Reason.TOO_MANY_LISTENERS,
                    "the API has created %d listeners, and the limit is %d, a part of the open files of this process (ulimit -n): remove some with DELETE /listeners/{name}, or put some into the configuration"
                            .formatted(created.size(), most));
        }
    }

    /** Returns where a listener that is open, or should be, comes from. */
    public Source source(String name) {
        return created.containsKey(name) ? Source.API : Source.CONFIGURATION;
    }

    /** Returns the name of the only node that has a listener; null if every node has it. */
    public @Nullable String node(String name) {
        RuntimeListener listener = created.get(name);
        return listener == null ? null : listener.node();
    }

    boolean isConfigured(String name) {
        return configured.contains(name);
    }

    Set<String> configured() {
        return configured;
    }

    /** Notes that a listener of the configuration is open; {@code error} if it should be. */
    void configured(String name, @Nullable String error) {
        configured.add(name);
        if (error == null) {
            configuredErrors.remove(name);
        } else {
            configuredErrors.put(name, error);
        }
    }

    void notConfigured(String name) {
        configured.remove(name);
        configuredErrors.remove(name);
    }

    /** Returns why listeners of the configuration are not open, by name. */
    Map<String, String> configuredErrors() {
        return configuredErrors;
    }

    Optional<RuntimeListener> created(String name) {
        return Optional.ofNullable(created.get(name));
    }

    Collection<RuntimeListener> created() {
        return created.values();
    }

    void put(RuntimeListener listener) {
        created.put(listener.name(), listener);
    }

    void remove(String name) {
        created.remove(name);
    }
}
