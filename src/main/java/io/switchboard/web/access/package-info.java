/** Who may do what over HTTP. */
@NullMarked
package io.switchboard.web.access;

import org.jspecify.annotations.NullMarked;
