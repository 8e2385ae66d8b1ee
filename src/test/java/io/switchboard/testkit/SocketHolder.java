package io.switchboard.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/**
 * A program that holds connections, so that the clients' descriptors and memory are not part of the
 * service's JVM. Each line of its input is the number of connections to hold. It opens the missing
 * ones, sends one line on each, and prints {@code holds N}. It exits at the end of its input.
 */
public final class SocketHolder {
    private SocketHolder() {}

    public static void main(String[] args) throws IOException {
        InetSocketAddress service =
                new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[0]));
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, UTF_8));
        List<SocketChannel> held = new ArrayList<>();
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            int wanted = Integer.parseInt(line);
            while (held.size() < wanted) {
                SocketChannel channel = SocketChannel.open(service);
                channel.write(ByteBuffer.wrap("here I am\n".getBytes(UTF_8)));
                held.add(channel);
            }
            System.out.println("holds " + wanted);
        }
    }

    /** Starts the program in a separate JVM. */
    public static Child start(int port) throws IOException {
        return Child.java(SocketHolder.class, Integer.toString(port));
    }

    /** Makes a started program hold this many connections, and waits until it does. */
    public static void hold(Child holder, int connections) throws IOException {
        holder.type(connections + "\n");
        holder.awaitOutput("holds " + connections + "\n");
    }
}
