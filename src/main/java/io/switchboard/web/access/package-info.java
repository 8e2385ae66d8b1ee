/**
 * Access control of HTTP: Spring Security's filter chains and the filters that Spring does not
 * offer (token, Host check, cross-origin rule, limit of failed attempts).
 */
@NullMarked
package io.switchboard.web.access;

import org.jspecify.annotations.NullMarked;
