/** The measured servers, each in its own process, and what the kernel, the JVM and Redis report. */
@NullMarked
package io.switchboard.bench.contestant;

import org.jspecify.annotations.NullMarked;
