package io.switchboard.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;

/** A UDP client on this machine. Each receive has a timeout. */
public final class UdpClient implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = GeneralLimit.MILLIS;
    private static final int MAX_DATAGRAM = 70_000;
    private static final int BUFFER = 4 * 1024 * 1024;

    private final DatagramSocket socket;
    private final InetSocketAddress service;

    private UdpClient(DatagramSocket socket, InetSocketAddress service) throws IOException {
        this.socket = socket;
        this.service = service;
        socket.setSoTimeout(TIMEOUT_MILLIS);
        // so that the kernel drops nothing while the test does not run
        socket.setReceiveBufferSize(1024 * 1024);
        socket.setReceiveBufferSize(BUFFER);
        socket.setSendBufferSize(BUFFER);
    }

    /** Returns a client that sends to this port of 127.0.0.1. */
    public static UdpClient of(int port) throws IOException {
        return of("127.0.0.1", port);
    }

    /**
     * Returns a client bound to this local address, which sends to this port of the same address.
     */
    public static UdpClient of(String host, int port) throws IOException {
        InetAddress address = InetAddress.ofLiteral(host);
        return new UdpClient(new DatagramSocket(0, address), new InetSocketAddress(address, port));
    }

    public int port() {
        return socket.getLocalPort();
    }

    public void send(String text) throws IOException {
        send(text.getBytes(UTF_8));
    }

    public void send(byte[] payload) throws IOException {
        socket.send(new DatagramPacket(payload, payload.length, service));
    }

    /**
     * Receives the next datagram; fails if it is not from the address to which this client sends.
     */
    public String receive() throws IOException {
        return new String(receiveBytes(), UTF_8);
    }

    public byte[] receiveBytes() throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[MAX_DATAGRAM], MAX_DATAGRAM);
        socket.receive(packet);
        if (!packet.getSocketAddress().equals(service)) {
            throw new AssertionError("received a datagram from " + packet.getSocketAddress());
        }
        return Arrays.copyOf(packet.getData(), packet.getLength());
    }

    @Override
    public void close() {
        socket.close();
    }
}
