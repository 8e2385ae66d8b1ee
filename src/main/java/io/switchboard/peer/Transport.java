package io.switchboard.peer;

import java.util.Arrays;
import java.util.stream.Collectors;

/** What carries a peer's bytes. */
public enum Transport {
    TCP("tcp", "SOCK_STREAM");

    private final String word;
    private final String type;

    Transport(String word, String type) {
        this.word = word;
        this.type = type;
    }

    /** The word for it in configuration and the API. */
    public String word() {
        return word;
    }

    /** The socket type, as socket(2) calls it. */
    public String type() {
        return type;
    }

    /**
     * The transport of this word.
     *
     * @throws IllegalArgumentException for any other; the message lists the known ones
     */
    public static Transport of(String word) {
        for (Transport transport : values()) {
            if (transport.word.equals(word)) {
                return transport;
            }
        }
        throw new IllegalArgumentException(
                "unknown transport '"
                        + word
                        + "': known is "
                        + Arrays.stream(values())
                                .map(Transport::word)
                                .collect(Collectors.joining(", ")));
    }
}
