/** The load generator: HTTP clients and socket peers, driven by one event loop. */
@NullMarked
package io.switchboard.bench.load;

import org.jspecify.annotations.NullMarked;
