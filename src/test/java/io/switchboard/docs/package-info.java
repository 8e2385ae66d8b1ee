/** Tests that run every command and every sample of the documents. */
@NullMarked
package io.switchboard.docs;

import org.jspecify.annotations.NullMarked;
