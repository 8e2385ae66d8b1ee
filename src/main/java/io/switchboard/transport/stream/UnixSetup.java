package io.switchboard.transport.stream;

import io.switchboard.peer.Endpoint;
import io.switchboard.peer.SocketOptions;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import jdk.net.ExtendedSocketOptions;
import jdk.net.UnixDomainPrincipal;

/** Nothing to set; the kernel says whose process is at the other end (SO_PEERCRED, unix(7)). */
final class UnixSetup implements SocketSetup {

    @Override
    public void prepare(SocketChannel connected) {}

    @Override
    public Introduction introduction(SocketChannel connected) throws IOException {
        UnixDomainPrincipal peer = connected.getOption(ExtendedSocketOptions.SO_PEERCRED);
        String path =
                connected.getRemoteAddress() instanceof UnixDomainSocketAddress bound
                        ? bound.getPath().toString()
                        : "";
        return Introduction.NONE.withCredentials(
                new Endpoint.Local(path, peer.user().getName(), peer.group().getName()));
    }

    @Override
    public SocketOptions options(SocketChannel connected) throws IOException {
        return new SocketOptions(
                connected.getOption(StandardSocketOptions.SO_SNDBUF),
                connected.getOption(StandardSocketOptions.SO_RCVBUF),
                null,
                null);
    }
}
