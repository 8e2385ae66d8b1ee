/** Opens, changes and closes listeners while the service runs. */
@NullMarked
package io.switchboard.transport.control;

import org.jspecify.annotations.NullMarked;
