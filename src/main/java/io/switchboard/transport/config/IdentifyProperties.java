package io.switchboard.transport.config;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.switchboard.framing.Escapes;
import io.switchboard.framing.Framing;
import io.switchboard.peer.Identification;
import io.switchboard.peer.Identification.OnDuplicate;
import io.switchboard.peer.LinearPattern;
import io.switchboard.peer.Names;
import io.switchboard.peer.View;
import java.net.InetAddress;
import java.nio.charset.Charset;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.hibernate.validator.constraints.time.DurationMin;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where the names of peers come from.
 *
 * @param pattern regular expression that is searched in each frame until one matches; its group
 *     {@code name} is the name of the peer, its group {@code group} a group of the peer
 * @param view what the pattern is searched in
 * @param consume whether the matching frame is kept from history, events and webhook
 * @param reply what is sent to a peer once a frame has named it: text, in which {@code \xHH} and
 *     other escapes are bytes, or {@code hex:} and the bytes in hex
 * @param replyFraming the framing of the reply; by default that of messages to the listener's peers
 * @param deadline closes a peer that no frame has named within this time; 0 disables it
 * @param certificate whether the common name of a peer's TLS certificate is its name
 * @param addresses the IP address of each peer that is named by its address, by name
 * @param proxyName which field of a PROXY header is the name of the peer
 */
public record IdentifyProperties(
        @Nullable LinearPattern pattern,
        @DefaultValue("text") View view,
        @DefaultValue("false") boolean consume,
        @Nullable String reply,
        @Nullable String replyFraming,
        @DefaultValue("0s") @DurationMin Duration deadline,
        @DefaultValue("false") boolean certificate,
        @DefaultValue Map<String, String> addresses,
        @DefaultValue("none") ProxyName proxyName) {

    private static final String HEX = "hex:";

    /** Which field of a PROXY header is the name of the peer. */
    public enum ProxyName {
        NONE,
        /** The host name that the client requested, usually by SNI (PP2_TYPE_AUTHORITY). */
        AUTHORITY,
        /**
         * The common name of the client's certificate, which the proxy verified
         * (PP2_SUBTYPE_SSL_CN).
         */
        SSL_CN;

        /** Returns the word for it in the configuration. */
        String word() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    public IdentifyProperties {
        if (pattern != null && !pattern.hasGroup("name")) {
            throw ListenerRules.invalid(
                    "identify.pattern '%s' has no group called name: write (?<name>...) around the name",
                    pattern);
        }
        boolean namesByFrame =
                view != View.TEXT || consume || reply != null || deadline.isPositive();
        if (pattern == null && namesByFrame) {
            throw ListenerRules.invalid(
                    "identify.view, consume, reply and deadline are about frames that name their peer: they need identify.pattern");
        }
        if (reply == null && replyFraming != null) {
            throw ListenerRules.invalid(
                    "identify.reply-framing is %s, and there is no identify.reply: set it, or leave both out",
                    replyFraming);
        }
        byAddress(addresses);
    }

    Identification identification(
            Framing out, Charset charset, OnDuplicate onDuplicate, List<String> groups) {
        return new Identification(
                pattern == null ? null : pattern.in(view, charset),
                consume,
                reply == null ? new byte[0] : replyFraming(out).encode(bytes(reply)),
                deadline,
                byAddress(addresses),
                onDuplicate,
                groups);
    }

    /** Throws if the reply has an invalid escape, or if the framing cannot carry it. */
    void checkReply(Framing out) {
        if (reply != null) {
            Framing framing = replyFraming(out);
            ListenerRules.refuse(
                    "identify.reply cannot be a frame of " + framing.word(),
                    framing.objection(bytes(reply)));
        }
    }

    private Framing replyFraming(Framing out) {
        return ListenerRules.framing("identify.reply-framing", replyFraming, out);
    }

    /** Throws if names come from certificates and peers are not asked for a certificate. */
    void checkCertificate(TlsProperties tls) {
        if (certificate && tls.clientAuth() == TlsProperties.ClientAuth.NONE) {
            throw ListenerRules.invalid(
                    "identify.certificate is true, and peers are not asked for one: set tls.client-auth to want or need");
        }
    }

    private static byte[] bytes(String reply) {
        try {
            return reply.startsWith(HEX)
                    ? hex(reply.substring(HEX.length()))
                    : Escapes.read(reply).getBytes(ISO_8859_1);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("identify.reply: " + e.getMessage(), e);
        }
    }

    private static byte[] hex(String digits) {
        try {
            return HexFormat.of().parseHex(digits);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "'%s' after hex: is not two hex digits per byte, as in hex:01ff; text that begins with hex: is written \\x68ex:"
                            .formatted(digits),
                    e);
        }
    }

    private static Map<InetAddress, String> byAddress(Map<String, String> addresses) {
        Map<InetAddress, String> names = new HashMap<>();
        addresses.forEach(
                (name, address) -> {
                    ListenerRules.refuse("identify.addresses", Names.nameError(name));
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
