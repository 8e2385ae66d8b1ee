package io.switchboard.load;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A number of clients that connect, send, read and close, half of them by RST. A client that closed
 * is replaced by a new one. While the crowd is paused, no client connects or closes. One thread
 * runs all clients; other threads use only the volatile and atomic fields.
 */
final class SoakCrowd implements AutoCloseable {
    /** The number of clients that read slowly or not at all. */
    static final int SLOW = 10;

    private static final int ADDRESSES = 8;
    private static final int CONNECTS_PER_TURN = 200;
    private static final int LINES_PER_SECOND = 1_000;
    private static final long TURN_MILLIS = 20;
    private static final int SLOW_READ = 2 * 1024;

    /** One client. Of the first {@link #SLOW}, half read slowly and half do not read. */
    private static final class Member {
        private final int number;
        private final SocketChannel channel;
        private int index;

        Member(int number, SocketChannel channel) {
            this.number = number;
            this.channel = channel;
        }

        boolean slow() {
            return number < SLOW;
        }
    }

    private final int fleetPort;
    private final int slowPort;
    private final int port;
    private final int size;
    private final double closesPerTurn;
    private final Selector selector = Selector.open();
    private final List<Member> members = new ArrayList<>();
    private final List<SelectionKey> slow = new ArrayList<>();
    private final ArrayDeque<Integer> missing = new ArrayDeque<>();
    private final Random random = new Random(7);
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(64 * 1024);
    private final ByteBuffer smallBuffer = ByteBuffer.allocateDirect(SLOW_READ);
    private final Thread thread;
    private double pendingCloses;
    private volatile boolean paused;
    private volatile boolean ended;
    private volatile int connected;
    private final AtomicLong connects = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();

    /**
     * @param port the port that most clients connect to
     * @param fleetPort the port that every tenth client connects to and sends its name to
     * @param slowPort the port that the slow clients connect to
     * @param lifeSeconds how long a client stays connected, on average
     */
    SoakCrowd(int port, int fleetPort, int slowPort, int size, int lifeSeconds) throws IOException {
        this.port = port;
        this.fleetPort = fleetPort;
        this.slowPort = slowPort;
        this.size = size;
        this.closesPerTurn = (double) size / lifeSeconds * TURN_MILLIS / 1_000;
        for (int number = 0; number < size; number++) {
            missing.addLast(number);
        }
        thread = Thread.ofPlatform().name("crowd").daemon().start(this::run);
    }

    /** Stops or resumes connects and closes. */
    void pause(boolean pause) {
        paused = pause;
    }

    /** Returns the number of connected clients. */
    int connected() {
        return connected;
    }

    /** Returns the number of connections so far. */
    long connects() {
        return connects.get();
    }

    /** Returns the number of bytes that the clients have read. */
    long bytes() {
        return bytes.get();
    }

    private void run() {
        try {
            long next = System.nanoTime();
            while (!ended) {
                long left = TimeUnit.NANOSECONDS.toMillis(next - System.nanoTime());
                if (left > 0) {
                    selector.select(this::ready, left);
                } else {
                    selector.selectNow(this::ready);
                    next = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(TURN_MILLIS);
                    turn();
                }
            }
            while (!members.isEmpty()) {
                close(members.getLast());
            }
            selector.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void turn() throws IOException {
        if (!paused) {
            pendingCloses += members.size() == size ? closesPerTurn : 0;
            for (; pendingCloses >= 1; pendingCloses--) {
                close(members.get(random.nextInt(members.size())));
            }
            for (int i = 0; i < CONNECTS_PER_TURN && !missing.isEmpty(); i++) {
                connect(missing.removeFirst());
            }
        }
        for (int i = 0; i < LINES_PER_SECOND * TURN_MILLIS / 1_000 && !members.isEmpty(); i++) {
            send(members.get(random.nextInt(members.size())), "I am still here\n");
        }
        slow.removeIf(key -> !key.isValid());
        slow.forEach(key -> key.interestOps(SelectionKey.OP_READ));
        connected = members.size();
    }

    private void connect(int number) throws IOException {
        SocketChannel channel = SocketChannel.open();
        int to = number < SLOW ? slowPort : number % 10 == 0 ? fleetPort : port;
        if (number < SLOW) {
            channel.setOption(StandardSocketOptions.SO_RCVBUF, 4 * 1024);
        }
        channel.bind(at("127.0.0." + (2 + number % ADDRESSES), 0));
        channel.connect(at("127.0.0.1", to));
        channel.configureBlocking(false);
        Member member = new Member(number, channel);
        SelectionKey key =
                channel.register(selector, number < SLOW ? 0 : SelectionKey.OP_READ, member);
        if (number < SLOW && number % 2 == 0) {
            slow.add(key);
        }
        member.index = members.size();
        members.add(member);
        connects.incrementAndGet();
        if (to == fleetPort) {
            send(member, "device-" + number + "\n");
        }
    }

    private static InetSocketAddress at(String address, int port) {
        return new InetSocketAddress(InetAddress.ofLiteral(address), port);
    }

    private void send(Member member, String line) {
        try {
            member.channel.write(ByteBuffer.wrap(line.getBytes(UTF_8)));
        } catch (IOException e) {
            // the service has closed the connection: the next read fails
        }
    }

    private void ready(SelectionKey key) {
        Member member = (Member) key.attachment();
        try {
            int count = member.channel.read((member.slow() ? smallBuffer : buffer).clear());
            if (count < 0) {
                close(member);
            } else {
                bytes.addAndGet(count);
                if (member.slow()) {
                    key.interestOps(0);
                }
            }
        } catch (IOException e) {
            close(member);
        }
    }

    private void close(Member member) {
        try {
            if (random.nextBoolean()) {
                member.channel.setOption(StandardSocketOptions.SO_LINGER, 0);
            }
            member.channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Member last = members.removeLast();
        if (last != member) {
            members.set(member.index, last);
            last.index = member.index;
        }
        missing.addLast(member.number);
    }

    /** Closes all clients. */
    @Override
    public void close() {
        ended = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
