/** Switchboard: raw sockets on one side, HTTP on the other. */
@NullMarked
package io.switchboard;

import org.jspecify.annotations.NullMarked;
