package io.switchboard.inbound;

/** Something with a place in a sequence. Immutable. */
interface Numbered {

    /** One more than its predecessor's. */
    long seq();

    /** Bytes of its payload. */
    int size();
}
