/** Stream connections (TCP, TLS, Unix), behind Spring Integration's TCP inbound adapter. */
@NullMarked
package io.switchboard.transport.stream;

import org.jspecify.annotations.NullMarked;
