package io.switchboard.http.access;

import java.util.Arrays;
import java.util.Collection;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** What a client may do over HTTP. No role includes another one. */
public enum Role {
    /** Read peers, messages and events: GET and HEAD. */
    READ,

    /** Send messages, and change, close and dial peers. */
    SEND,

    /** Change the service itself: its listeners and its configuration. */
    MANAGE;

    /** Returns the name of the role in the configuration and in the API. */
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Optional<Role> of(String word) {
        return Arrays.stream(values()).filter(each -> each.word().equals(word)).findFirst();
    }

    /** Returns the names of these roles for people. */
    static String words(Collection<Role> roles) {
        return roles.isEmpty()
                ? "no role"
                : roles.stream().sorted().map(Role::word).collect(Collectors.joining(", "));
    }
}
