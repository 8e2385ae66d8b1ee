package io.switchboard.transport.stream;

import io.switchboard.peer.Names;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The step that puts TLS on a connection. */
final class Handshake implements Step {
    private final TlsEngines engines;
    private final boolean named;
    private @Nullable TlsWire tls;

    /**
     * @param named whether the common name of the client's certificate becomes the peer's
     */
    Handshake(TlsEngines engines, boolean named) {
        this.engines = engines;
        this.named = named;
    }

    @Override
    public Progress advance(Opening opening) throws IOException {
        TlsWire wire = tls;
        if (wire == null) {
            wire = engines.on(opening.wire());
            tls = wire;
            opening.wire(wire);
        }
        Progress progress = wire.handshake(opening::goOn);
        if (progress == Progress.DONE) {
            TlsSession session = TlsSession.of(wire.session());
            Introduction introduction = opening.introduction().withTls(session.facts());
            String name = named ? session.commonName() : null;
            opening.introduction(
                    name == null || Names.objectionToName(name).isPresent()
                            ? introduction
                            : introduction.withName(name));
        }
        return progress;
    }

    @Override
    public String toString() {
        return "TLS handshake";
    }
}
