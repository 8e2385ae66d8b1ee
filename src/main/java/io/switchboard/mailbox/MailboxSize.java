package io.switchboard.mailbox;

/** How many messages, with how many bytes, wait for a name. */
public record MailboxSize(String name, int messages, long bytes) {}
