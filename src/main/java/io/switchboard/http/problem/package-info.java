/** Errors of the API as problem details (RFC 9457). */
@NullMarked
package io.switchboard.http.problem;

import org.jspecify.annotations.NullMarked;
