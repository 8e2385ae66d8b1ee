package io.switchboard.transport.stream;

import java.io.IOException;

/**
 * Something that must be settled before a connection is a peer: a header to be read, a handshake.
 * One for each connection; called on its loop.
 */
interface Step {

    /** How far it has come. */
    enum Progress {
        /** The next step may begin. */
        DONE,
        /** To be called again when the socket can be read. */
        NEEDS_READ,
        /** To be called again when the socket can be written. */
        NEEDS_WRITE,
        /** To be called again when somebody calls {@link Opening#goOn}. */
        WAITS,
        /**
         * It was closed, by {@link Opening#leave} or {@link Opening#dismiss}, and the step has
         * counted it.
         */
        OVER
    }

    /**
     * Goes on as far as it can without blocking.
     *
     * @param opening whose wire it reads and may change, and whose introduction it adds to
     * @throws IOException the connection is of no use: the message says why, for the log
     */
    Progress advance(Opening opening) throws IOException;
}
