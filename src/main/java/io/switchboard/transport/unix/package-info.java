/** Listeners on Unix-domain sockets. */
@NullMarked
package io.switchboard.transport.unix;

import org.jspecify.annotations.NullMarked;
