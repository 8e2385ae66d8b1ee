package io.switchboard.transport.config;

import static org.springframework.boot.context.properties.bind.DataObjectPropertyName.toDashedForm;

import io.switchboard.listener.ListenerControl.Difference;
import io.switchboard.peer.LinearPattern;
import io.switchboard.webhook.WebhookProperties;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The keys in which two configurations of a listener differ. */
public final class ListenerChange {
    /** The keys that can change while the socket is open; a key includes those below it. */
    private static final Set<String> IN_PLACE =
            Set.of(
                    "half-close",
                    "half-close-timeout",
                    "at-end",
                    "frame-deadline",
                    "handshake-deadline",
                    "max-connections",
                    "max-connections-per-address",
                    "limits",
                    "idle-timeout",
                    "identify",
                    "on-duplicate",
                    "groups",
                    "webhook",
                    "send-to");

    /** Keys below these that the steps before the first frame use. */
    private static final Set<String> BEFORE_FRAMES =
            Set.of("identify.certificate", "identify.proxy-name");

    private static final String WEBHOOK = "webhook";

    private ListenerChange() {}

    /** Compares two configurations, key by key. */
    public static Difference between(ListenerProperties before, ListenerProperties after) {
        List<String> keys = new ArrayList<>();
        compare("", before, after, ListenerProperties.class, keys);
        boolean durable = isDurable(before.webhook()) || isDurable(after.webhook());
        List<String> inPlace = new ArrayList<>();
        List<String> newSocket = new ArrayList<>();
        for (String key : keys) {
            String top = key.indexOf('.') < 0 ? key : key.substring(0, key.indexOf('.'));
            boolean changes =
                    IN_PLACE.contains(top)
                            && !BEFORE_FRAMES.contains(key)
                            && !(durable && top.equals(WEBHOOK));
            (changes ? inPlace : newSocket).add(key);
        }
        return new Difference(inPlace, newSocket);
    }

    /** The events of a durable webhook are in the store, under the run that has stored them. */
    private static boolean isDurable(@Nullable WebhookProperties webhook) {
        return webhook != null && webhook.store() == WebhookProperties.Storage.DURABLE;
    }

    private static void compare(
            String prefix,
            @Nullable Object before,
            @Nullable Object after,
            Class<?> type,
            List<String> keys) {
        for (RecordComponent each : type.getRecordComponents()) {
            String key = prefix + toDashedForm(each.getName());
            Object old = value(each, before);
            Object next = value(each, after);
            if (each.getType().isRecord() && old != null && next != null) {
                compare(key + ".", old, next, each.getType(), keys);
            } else if (!same(old, next)) {
                keys.add(key);
            }
        }
    }

    private static @Nullable Object value(RecordComponent component, @Nullable Object of) {
        try {
            return component.getAccessor().invoke(of);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("reading " + component, e);
        }
    }

    private static boolean same(@Nullable Object before, @Nullable Object after) {
        return Objects.equals(before, after)
                || (before instanceof LinearPattern
                        && after instanceof LinearPattern
                        && before.toString().equals(after.toString()));
    }
}
