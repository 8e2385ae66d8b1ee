package io.switchboard.peer;

import org.jspecify.annotations.Nullable;

/**
 * What a TLS handshake has settled.
 *
 * @param version such as {@code TLSv1.3}
 * @param cipher the suite's name, as IANA registers it, or as a proxy calls it; null where that
 *     does not tell
 * @param sni the server name that the client asked for (RFC 6066, section 3); null without one
 * @param subject of the peer's certificate (RFC 2253); null where it showed none
 */
public record TlsFacts(
        String version, @Nullable String cipher, @Nullable String sni, @Nullable String subject) {}
