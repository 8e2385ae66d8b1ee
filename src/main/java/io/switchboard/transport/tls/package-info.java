/** TLS on inbound connections: the handshake, and the encryption of their bytes. */
@NullMarked
package io.switchboard.transport.tls;

import org.jspecify.annotations.NullMarked;
