package io.switchboard.http.admin;

import io.switchboard.listener.ListenerReload;
import java.util.List;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import org.springframework.stereotype.Component;

/** {@code POST /actuator/reload}: reads the configuration of the listeners again. */
@Component
@Endpoint(id = "reload")
public final class ReloadEndpoint {

    /**
     * The answer.
     *
     * @param lines what was done, a line for each listener, and a line for each other key that has
     *     changed in the files
     */
    public record Reloaded(List<String> lines) {}

    private final ListenerReload reload;

    ReloadEndpoint(ListenerReload reload) {
        this.reload = reload;
    }

    /** Applies the listeners of the configuration. Blocks until removed listeners are drained. */
    @WriteOperation
    public Reloaded reload() {
        return new Reloaded(reload.reload());
    }
}
