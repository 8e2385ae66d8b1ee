/** Outbound TCP and TLS connections. */
@NullMarked
package io.switchboard.transport.dial;

import org.jspecify.annotations.NullMarked;
