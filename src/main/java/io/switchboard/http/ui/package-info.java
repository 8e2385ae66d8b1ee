/** The operator's page, the page of the API documentation, and the pages of the documentation. */
@NullMarked
package io.switchboard.http.ui;

import org.jspecify.annotations.NullMarked;
