package io.switchboard.transport.stream;

import io.switchboard.peer.Link.TlsFacts;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/**
 * What a handshake has settled, and who the client says it is.
 *
 * @param commonName of the client's certificate; null without one
 */
record TlsSession(TlsFacts facts, @Nullable String commonName) {

    static TlsSession of(SSLSession session) {
        String subject = subject(session);
        return new TlsSession(
                new TlsFacts(
                        session.getProtocol(), session.getCipherSuite(), sni(session), subject),
                subject == null ? null : commonName(subject));
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
