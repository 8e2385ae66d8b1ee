/** The fuzz targets, their seeds, and the test that runs them. */
@NullMarked
package io.switchboard.fuzz;

import org.jspecify.annotations.NullMarked;
