/**
 * The benchmark, which compares Switchboard with short servers in Node.js and Python; {@code ./mvnw
 * -Pbench verify} runs it.
 */
@NullMarked
package io.switchboard.bench;

import org.jspecify.annotations.NullMarked;
