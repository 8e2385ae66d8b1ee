/**
 * Outbound connections: the interface that opens one, and the connections that are opened again
 * after a failure.
 */
@NullMarked
@NamedInterface("dial")
package io.switchboard.peer.dial;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.NamedInterface;
