/**
 * Access control of HTTP: the filter chains of Spring Security, and the filters that Spring does
 * not offer (token, Host check, cross-origin rule, rate limit of failed attempts).
 */
@NullMarked
package io.switchboard.http.access;

import org.jspecify.annotations.NullMarked;
