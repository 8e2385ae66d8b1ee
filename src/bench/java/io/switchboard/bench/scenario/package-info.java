/** The measured scenarios, one class for each. */
@NullMarked
package io.switchboard.bench.scenario;

import org.jspecify.annotations.NullMarked;
