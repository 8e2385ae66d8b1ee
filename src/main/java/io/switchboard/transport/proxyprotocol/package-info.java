/** HAProxy's PROXY protocol, versions 1 and 2, on inbound connections. */
@NullMarked
package io.switchboard.transport.proxyprotocol;

import org.jspecify.annotations.NullMarked;
