/** Audit lines: who changed what, from where, and with which outcome. */
@NullMarked
package io.switchboard.http.audit;

import org.jspecify.annotations.NullMarked;
