package io.switchboard.transport;

import io.switchboard.peer.Network;
import io.switchboard.peer.Transport;
import java.util.List;

/** What a listener's keys about the PROXY protocol must be, taken together. */
final class ProxyKeys {
    private ProxyKeys() {}

    /**
     * Looks at them.
     *
     * @throws IllegalArgumentException names the key, its value and what would be right
     */
    static void check(
            Transport transport, boolean expected, List<Network> trusted, ProxyName name) {
        if (expected && trusted.isEmpty()) {
            throw new IllegalArgumentException(
                    "proxy-protocol is true and trusted-proxies is not set: say whose headers are"
                            + " believed, such as trusted-proxies: 10.0.0.0/8");
        }
        if (expected && !transport.isTcp()) {
            throw new IllegalArgumentException(
                    "proxy-protocol is true and transport "
                            + transport.word()
                            + ": it takes "
                            + Transport.TCP.word());
        }
        if (!expected && !trusted.isEmpty()) {
            throw new IllegalArgumentException(
                    "trusted-proxies is "
                            + trusted
                            + " and proxy-protocol is not true: set that, or neither");
        }
        if (!expected && name != ProxyName.NONE) {
            throw new IllegalArgumentException(
                    "identify.proxy-name is "
                            + name.word()
                            + ", which is about PROXY headers: it needs proxy-protocol: true");
        }
    }
}
