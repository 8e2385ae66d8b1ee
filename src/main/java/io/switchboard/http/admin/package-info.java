/** The endpoints that describe the service: /listeners, /nodes, /figures and /framings/try. */
@NullMarked
package io.switchboard.http.admin;

import org.jspecify.annotations.NullMarked;
