/** Load and soak tests, which account for every message, descriptor, thread and byte of heap. */
@NullMarked
package io.switchboard.load;

import org.jspecify.annotations.NullMarked;
