/** UDP listeners, whose peers are the source addresses of the datagrams they receive. */
@NullMarked
package io.switchboard.transport.udp;

import org.jspecify.annotations.NullMarked;
