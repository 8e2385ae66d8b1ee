/** The threads on which Tomcat answers. */
@NullMarked
package io.switchboard.web.tomcat;

import org.jspecify.annotations.NullMarked;
