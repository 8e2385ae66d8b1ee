package io.switchboard.transport;

import java.util.Locale;

/** Which fact of a PROXY header is the peer's name. */
public enum ProxyName {
    /** None. */
    NONE,
    /** The host name that the client asked for, its SNI as a rule (PP2_TYPE_AUTHORITY). */
    AUTHORITY,
    /** The common name of its certificate, as the proxy verified it (PP2_SUBTYPE_SSL_CN). */
    SSL_CN;

    /** As in the configuration. */
    String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
