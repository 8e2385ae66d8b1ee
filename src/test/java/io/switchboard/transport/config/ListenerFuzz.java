package io.switchboard.transport.config;

import static io.switchboard.testkit.Promise.demand;

import io.switchboard.fuzz.FuzzTarget;
import io.switchboard.listener.ListenerFault;
import io.switchboard.net.OpenFiles;
import io.switchboard.testkit.Reached;
import jakarta.validation.Validation;
import java.util.List;
import java.util.Map;
import org.springframework.beans.factory.support.StaticListableBeanFactory;
import org.springframework.validation.beanvalidation.SpringValidatorAdapter;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/**
 * Fuzz target for the body of {@code POST /listeners}: its keys become a listener that can be
 * opened, or a fault with a text for people.
 */
public final class ListenerFuzz implements FuzzTarget {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final TypeReference<Map<String, Object>> KEYS = new TypeReference<>() {};

    private final Reached reached = new Reached(List.of("accepted", "refused"));
    private final ListenerBinder binder =
            new ListenerBinder(
                    new StaticListableBeanFactory(),
                    new SpringValidatorAdapter(
                            Validation.buildDefaultValidatorFactory().getValidator()),
                    new OpenFiles(1_000, 100, 100, Map.of()));

    @Override
    public void input(byte[] bytes) {
        Map<String, Object> keys;
        try {
            keys = JSON.readValue(bytes, KEYS);
        } catch (JacksonException e) {
            return;
        }
        if (keys == null) {
            return;
        }
        try {
            ConfiguredListener listener = binder.bind("fuzz", keys);
            demand(listener.maxConnections() > 0, "{} connections", listener.maxConnections());
            demand(
                    ListenerChange.between(listener.properties(), listener.properties())
                            .newSocket()
                            .isEmpty(),
                    "it differs from itself: {}",
                    keys);
            reached.add("accepted", 1);
        } catch (ListenerFault fault) {
            demand(!fault.detail().isBlank(), "no detail for {}", keys);
            reached.add("refused", 1);
        }
    }

    @Override
    public Map<String, Long> reached() {
        return reached.counts();
    }
}
