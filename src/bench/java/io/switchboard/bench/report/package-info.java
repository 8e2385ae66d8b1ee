/** The results of a run, and the table, chart and JSON file that show them. */
@NullMarked
package io.switchboard.bench.report;

import org.jspecify.annotations.NullMarked;
