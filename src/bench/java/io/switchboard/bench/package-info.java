/** Measures Switchboard against what one would write instead: {@code ./mvnw -Pbench verify}. */
@NullMarked
package io.switchboard.bench;

import org.jspecify.annotations.NullMarked;
