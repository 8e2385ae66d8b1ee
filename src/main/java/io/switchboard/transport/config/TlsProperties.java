package io.switchboard.transport.config;

import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * TLS on a listener.
 *
 * @param bundle name of one of Spring Boot's SSL bundles ({@code spring.ssl.bundle}): certificate,
 *     key, and the trusted certificates; null for no TLS
 * @param clientAuth whether peers are asked for certificates
 */
public record TlsProperties(@Nullable String bundle, @DefaultValue("none") ClientAuth clientAuth) {

    /** Whether a TLS listener asks its peers for certificates. */
    public enum ClientAuth {
        NONE,
        /** The listener asks. It accepts a peer without a certificate, but not an untrusted one. */
        WANT,
        /** The listener asks, and accepts no peer without a trusted certificate. */
        NEED
    }

    public TlsProperties {
        if (bundle != null && bundle.isBlank()) {
            throw ListenerRules.invalid(
                    "tls.bundle is empty: it takes the name of a bundle, or is left out");
        }
        if (bundle == null && clientAuth != ClientAuth.NONE) {
            throw ListenerRules.invalid(
                    "tls.client-auth is %s without TLS: set tls.bundle too",
                    clientAuth.name().toLowerCase(Locale.ROOT));
        }
    }
}
