/** The endpoints /peers, /groups and /calls. */
@NullMarked
package io.switchboard.http.peers;

import org.jspecify.annotations.NullMarked;
