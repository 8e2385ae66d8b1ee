package io.switchboard.web.access;

/** Whether HTTP takes a token. */
public enum AdminAuth {
    /** Required where one is set; without one, who is near passes. */
    AUTO,

    /** The service does not start without one. */
    REQUIRED,

    /** Everybody passes, from everywhere. */
    OPEN
}
