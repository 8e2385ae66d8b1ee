/** Peers that are addresses of UDP, behind one socket a listener. */
@NullMarked
package io.switchboard.transport.datagram;

import org.jspecify.annotations.NullMarked;
