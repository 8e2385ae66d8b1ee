/** The endpoint GET /events, as server-sent events. */
@NullMarked
package io.switchboard.http.events;

import org.jspecify.annotations.NullMarked;
