package io.switchboard.web.access;

import java.util.Locale;

/** What somebody may do over HTTP. */
public enum Role {
    /** To look, and to be told what happens: GET and HEAD. */
    READ,

    /** Everything. */
    SEND;

    /** The one that a request of this method needs. */
    public static Role neededFor(String method) {
        return method.equals("GET") || method.equals("HEAD") ? READ : SEND;
    }

    /** Whether who has this role may do what needs the other. */
    public boolean covers(Role needed) {
        return this == SEND || needed == READ;
    }

    /** As in the configuration, such as {@code read}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
