package io.switchboard.transport;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.switchboard.framing.Escapes;
import io.switchboard.framing.Framing;
import io.switchboard.peer.Identification;
import io.switchboard.peer.Identification.OnDuplicate;
import io.switchboard.peer.Names;
import java.net.InetAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.hibernate.validator.constraints.time.DurationMin;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How peers come by names.
 *
 * @param pattern regular expression looked for in each frame until one has it; its group {@code
 *     name} is the peer's name, its group {@code group} a group of it
 * @param consume whether the frame that names its peer is kept from everybody else
 * @param reply text that a peer gets once a frame has named it, in the listener's framing; {@code
 *     \xHH} and other escapes are bytes
 * @param deadline closes a peer that no frame has named for so long; 0 is off
 * @param certificate whether the common name of a peer's TLS certificate is its name
 * @param addresses the IP address of each peer that is known by it, by name
 * @param proxyName which fact of a PROXY header is the peer's name
 */
public record IdentifyProperties(
        @Nullable Pattern pattern,
        @DefaultValue("false") boolean consume,
        @Nullable String reply,
        @DefaultValue("0s") @DurationMin Duration deadline,
        @DefaultValue("false") boolean certificate,
        @DefaultValue Map<String, String> addresses,
        @DefaultValue("none") ProxyName proxyName) {

    /** Which fact of a PROXY header is the peer's name. */
    public enum ProxyName {
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

    public IdentifyProperties {
        if (pattern != null && !pattern.namedGroups().containsKey("name")) {
            throw ListenerRules.invalid(
                    "identify.pattern '%s' has no group called name: write (?<name>...) around the name",
                    pattern);
        }
        if (pattern == null && (consume || reply != null || deadline.isPositive())) {
            throw ListenerRules.invalid(
                    "identify.consume, reply and deadline are about frames that name their peer: they need identify.pattern");
        }
        byAddress(addresses);
    }

    Identification identification(Framing out, OnDuplicate onDuplicate, List<String> groups) {
        return new Identification(
                pattern,
                consume,
                reply == null ? new byte[0] : out.encode(bytes(reply)),
                deadline,
                byAddress(addresses),
                onDuplicate,
                groups);
    }

    /** Refuses a reply that is not written as it should be, or is no frame. */
    void checkReply(Framing out) {
        if (reply != null) {
            ListenerRules.refuse(
                    "identify.reply cannot be a frame of " + out.word(),
                    out.objection(bytes(reply)));
        }
    }

    /** Refuses names from certificates that no peer would ever show. */
    void checkCertificate(TlsProperties tls) {
        if (certificate && tls.clientAuth() == TlsProperties.ClientAuth.NONE) {
            throw ListenerRules.invalid(
                    "identify.certificate is true, and peers are not asked for one: set tls.client-auth to want or need");
        }
    }

    private static byte[] bytes(String reply) {
        try {
            return Escapes.read(reply).getBytes(ISO_8859_1);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("identify.reply: " + e.getMessage(), e);
        }
    }

    private static Map<InetAddress, String> byAddress(Map<String, String> addresses) {
        Map<InetAddress, String> names = new HashMap<>();
        addresses.forEach(
                (name, address) -> {
                    ListenerRules.refuse("identify.addresses", Names.objectionToName(name));
                    String other = names.put(literal(name, address), name);
                    if (other != null) {
                        throw ListenerRules.invalid(
                                "identify.addresses: %s is the address of both '%s' and '%s'",
                                address, other, name);
                    }
                });
        return Map.copyOf(names);
    }

    private static InetAddress literal(String name, String address) {
        try {
            return InetAddress.ofLiteral(address);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "identify.addresses.%s is '%s': it takes an IP address"
                            .formatted(name, address),
                    e);
        }
    }
}
