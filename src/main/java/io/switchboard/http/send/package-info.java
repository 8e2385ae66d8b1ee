/**
 * The endpoint {@code POST /send}: reads the request, renders the report and maps failures to HTTP.
 */
@NullMarked
package io.switchboard.http.send;

import org.jspecify.annotations.NullMarked;
