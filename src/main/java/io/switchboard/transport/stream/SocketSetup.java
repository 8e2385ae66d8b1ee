package io.switchboard.transport.stream;

import io.switchboard.peer.SocketOptions;
import java.io.IOException;
import java.nio.channels.SocketChannel;

/** Which options the connected sockets of a transport have. */
interface SocketSetup {

    /** Sets what every connection is to have; called once, before anything else is done with it. */
    void prepare(SocketChannel connected) throws IOException;

    /** What the kernel knows of the far end beyond its address. */
    default Introduction introduction(SocketChannel connected) throws IOException {
        return Introduction.NONE;
    }

    /** The options as they are now. */
    SocketOptions options(SocketChannel connected) throws IOException;
}
