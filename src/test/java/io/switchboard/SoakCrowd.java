package io.switchboard;

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
 * So many clients that come, talk, read, and leave, half of them by RST: on one thread, which owns
 * everything but what is volatile. A client that left is replaced; while the crowd stands still,
 * nobody comes or goes.
 */
final class SoakCrowd implements AutoCloseable {
    /** How many read slowly, or not at all. */
    static final int SLOW = 10;

    private static final int ADDRESSES = 8;
    private static final int CONNECTS_A_TURN = 200;
    private static final int LINES_A_SECOND = 1_000;
    private static final long TURN_MILLIS = 20;
    private static final int SLOW_READ = 2 * 1024;

    /** A client; the first few read slowly, and every other one of those not at all. */
    private static final class Member {
        private final int number;
        private final SocketChannel channel;
        private int place;

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
    private final double leavesATurn;
    private final Selector selector = Selector.open();
    private final List<Member> members = new ArrayList<>();
    private final List<SelectionKey> slow = new ArrayList<>();
    private final ArrayDeque<Integer> missing = new ArrayDeque<>();
    private final Random random = new Random(7);
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(64 * 1024);
    private final ByteBuffer little = ByteBuffer.allocateDirect(SLOW_READ);
    private final Thread thread;
    private double leaves;
    private volatile boolean still;
    private volatile boolean ended;
    private volatile int present;
    private final AtomicLong connects = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();

    /**
     * @param port of the listener for most
     * @param fleetPort where every tenth connects and says its name
     * @param slowPort where those connect that read slowly
     * @param lifeSeconds for how long each stays, on average
     */
    SoakCrowd(int port, int fleetPort, int slowPort, int size, int lifeSeconds) throws IOException {
        this.port = port;
        this.fleetPort = fleetPort;
        this.slowPort = slowPort;
        this.size = size;
        this.leavesATurn = (double) size / lifeSeconds * TURN_MILLIS / 1_000;
        for (int number = 0; number < size; number++) {
            missing.addLast(number);
        }
        thread = Thread.ofPlatform().name("crowd").daemon().start(this::run);
    }

    /** Lets nobody come or go, or lets them again. */
    void still(boolean stand) {
        still = stand;
    }

    /** How many are connected. */
    int present() {
        return present;
    }

    /** How many connections there have been. */
    long connects() {
        return connects.get();
    }

    /** How many bytes they have read. */
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
                leave(members.getLast());
            }
            selector.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void turn() throws IOException {
        if (!still) {
            leaves += members.size() == size ? leavesATurn : 0;
            for (; leaves >= 1; leaves--) {
                leave(members.get(random.nextInt(members.size())));
            }
            for (int i = 0; i < CONNECTS_A_TURN && !missing.isEmpty(); i++) {
                connect(missing.removeFirst());
            }
        }
        for (int i = 0; i < LINES_A_SECOND * TURN_MILLIS / 1_000 && !members.isEmpty(); i++) {
            say(members.get(random.nextInt(members.size())), "I am still here\n");
        }
        slow.removeIf(key -> !key.isValid());
        slow.forEach(key -> key.interestOps(SelectionKey.OP_READ));
        present = members.size();
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
        member.place = members.size();
        members.add(member);
        connects.incrementAndGet();
        if (to == fleetPort) {
            say(member, "device-" + number + "\n");
        }
    }

    private static InetSocketAddress at(String address, int port) {
        return new InetSocketAddress(InetAddress.ofLiteral(address), port);
    }

    private void say(Member member, String line) {
        try {
            member.channel.write(ByteBuffer.wrap(line.getBytes(UTF_8)));
        } catch (IOException e) {
            // the service has closed it: the next read tells
        }
    }

    private void ready(SelectionKey key) {
        Member member = (Member) key.attachment();
        try {
            int count = member.channel.read((member.slow() ? little : buffer).clear());
            if (count < 0) {
                leave(member);
            } else {
                bytes.addAndGet(count);
                if (member.slow()) {
                    key.interestOps(0);
                }
            }
        } catch (IOException e) {
            leave(member);
        }
    }

    private void leave(Member member) {
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
            members.set(member.place, last);
            last.place = member.place;
        }
        missing.addLast(member.number);
    }

    /** All leave. */
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
