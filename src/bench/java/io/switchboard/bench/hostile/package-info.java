/** The measurement of a server while another process attacks it. */
@NullMarked
package io.switchboard.bench.hostile;

import org.jspecify.annotations.NullMarked;
