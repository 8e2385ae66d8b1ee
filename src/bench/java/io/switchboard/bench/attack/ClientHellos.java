package io.switchboard.bench.attack;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.switchboard.bench.attack.Crowd.Conduct;
import io.switchboard.bench.attack.Crowd.Ending;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;

/** Connections to the TLS port that send a ClientHello and close. */
record ClientHellos(int count, int perSecond) implements Assault {

    @Override
    public Supplier<Outcome> run(Target target) throws IOException {
        return new CrowdAssault(
                        Target::sidePort,
                        new Conduct(clientHello(), false, true, Ending.CLOSE),
                        count,
                        perSecond,
                        Duration.ZERO)
                .run(target);
    }

    /** Returns the first record of a handshake. The server does the same work for each copy. */
    private static String clientHello() throws IOException {
        try {
            SSLEngine engine = SSLContext.getDefault().createSSLEngine("localhost", 443);
            engine.setUseClientMode(true);
            ByteBuffer record = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
            engine.wrap(ByteBuffer.allocate(0), record);
            return new String(record.array(), 0, record.position(), ISO_8859_1);
        } catch (GeneralSecurityException e) {
            throw new IOException(e);
        }
    }
}
