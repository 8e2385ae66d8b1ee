/** The configuration of a listener, its validation, and the errors of a start that it prevents. */
@NullMarked
package io.switchboard.transport.config;

import org.jspecify.annotations.NullMarked;
