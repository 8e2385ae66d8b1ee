/** Connections that are a byte stream, behind Spring Integration's TCP inbound adapter. */
@NullMarked
package io.switchboard.transport.stream;

import org.jspecify.annotations.NullMarked;
