/** {@code /messages} and {@code /mailboxes}: what is stored for peers that are not connected. */
@NullMarked
package io.switchboard.http.mailbox;

import org.jspecify.annotations.NullMarked;
