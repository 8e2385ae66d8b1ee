package io.switchboard.transport.stream;

import io.switchboard.peer.Link.TlsFacts;
import io.switchboard.peer.Names;
import java.io.IOException;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/** The step that puts TLS on a connection. */
final class Handshake implements Opening.Step {
    private final TlsEngines engines;
    private final boolean named;
    private @Nullable TlsWire tls;

    /** {@code named}: the common name of the client's certificate becomes the peer's. */
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
            SSLSession session = wire.session();
            String subject = subject(session);
            TlsFacts facts =
                    new TlsFacts(
                            session.getProtocol(), session.getCipherSuite(), sni(session), subject);
            Introduction introduction = opening.introduction().withTls(facts);
            String name = named && subject != null ? commonName(subject) : null;
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

    private static @Nullable String subject(SSLSession session) {
        try {
            return session.getPeerPrincipal() instanceof X500Principal principal
                    ? principal.getName(X500Principal.RFC2253)
                    : null;
        } catch (SSLPeerUnverifiedException e) {
            return null; // it showed none
        }
    }

    private static @Nullable String sni(SSLSession session) {
        return session instanceof ExtendedSSLSession extended
                ? extended.getRequestedServerNames().stream()
                        .filter(SNIHostName.class::isInstance)
                        .map(name -> ((SNIHostName) name).getAsciiName())
                        .findFirst()
                        .orElse(null)
                : null;
    }

    /** The one of the most specific part, which stands first (RFC 2253, section 2.1). */
    private static @Nullable String commonName(String subject) {
        String found = null;
        try {
            for (Rdn part : new LdapName(subject).getRdns()) { // the last part first
                if (part.getType().equalsIgnoreCase("CN")
                        && part.getValue() instanceof String name) {
                    found = name;
                }
            }
        } catch (InvalidNameException e) {
            return null; // spelled as no directory would: it is no name
        }
        return found;
    }
}
