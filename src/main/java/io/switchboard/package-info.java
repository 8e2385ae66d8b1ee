/** The entry point of Switchboard, which connects raw socket clients to HTTP clients. */
@NullMarked
package io.switchboard;

import org.jspecify.annotations.NullMarked;
