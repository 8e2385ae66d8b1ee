/** The operator's page and the page of the API documentation. */
@NullMarked
package io.switchboard.http.ui;

import org.jspecify.annotations.NullMarked;
