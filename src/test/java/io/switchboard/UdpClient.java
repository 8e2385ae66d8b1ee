package io.switchboard;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;

/** A socket of UDP on this machine; each read waits for a bounded time. */
final class UdpClient implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 30_000;
    private static final int LONGEST = 70_000;
    private static final int BUFFER = 4 * 1024 * 1024;

    private final DatagramSocket socket;
    private final InetSocketAddress service;

    private UdpClient(DatagramSocket socket, InetSocketAddress service) throws IOException {
        this.socket = socket;
        this.service = service;
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.setReceiveBufferSize(BUFFER);
        socket.setSendBufferSize(BUFFER);
    }

    /** One that sends to this port of 127.0.0.1. */
    static UdpClient of(int port) throws IOException {
        return of("127.0.0.1", port);
    }

    /** One of the service's own address, which sends to this port. */
    static UdpClient of(String host, int port) throws IOException {
        InetAddress address = InetAddress.ofLiteral(host);
        return new UdpClient(new DatagramSocket(0, address), new InetSocketAddress(address, port));
    }

    int port() {
        return socket.getLocalPort();
    }

    void send(String text) throws IOException {
        send(text.getBytes(UTF_8));
    }

    void send(byte[] payload) throws IOException {
        socket.send(new DatagramPacket(payload, payload.length, service));
    }

    /** The next datagram, which came from the service's address. */
    String receive() throws IOException {
        return new String(receiveBytes(), UTF_8);
    }

    byte[] receiveBytes() throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[LONGEST], LONGEST);
        socket.receive(packet);
        if (!packet.getSocketAddress().equals(service)) {
            throw new AssertionError("from " + packet.getSocketAddress());
        }
        return Arrays.copyOf(packet.getData(), packet.getLength());
    }

    @Override
    public void close() {
        socket.close();
    }
}
