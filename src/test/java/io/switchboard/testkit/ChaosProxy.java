package io.switchboard.testkit;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * A TCP proxy on this machine that simulates a bad network: it applies a {@link Fault} to each
 * connection. It uses one virtual thread per direction. Its receive buffers towards the service are
 * small, so that a stalled client soon causes back-pressure there.
 */
public final class ChaosProxy implements AutoCloseable {
    private static final int BUFFER = 16 * 1024;

    private final InetSocketAddress service;
    private final Iterator<Fault> faults;
    private final ServerSocket listening;
    private final Thread acceptor;

    /** Guarded by itself. */
    private final List<Connection> connections = new ArrayList<>();

    /**
     * @param port the port of the service
     * @param faults one fault per connection, in the order of their acceptance; further connections
     *     are closed at once
     */
    public ChaosProxy(int port, List<? extends Fault> faults) throws IOException {
        this.service = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        this.faults = List.<Fault>copyOf(faults).iterator();
        this.listening = new ServerSocket(0, 1_000, InetAddress.getLoopbackAddress());
        this.acceptor = Thread.ofVirtual().name("chaos").start(this::accept);
    }

    /** Returns the port to which clients connect. */
    public int port() {
        return listening.getLocalPort();
    }

    /**
     * Waits until the proxy has connected for this client; returns the port that the service sees.
     */
    public int onwardPort(RawClient client) {
        return await("the proxy connects for " + client.port())
                .pollInterval(Duration.ofMillis(5))
                .until(() -> find(client.port()), Optional::isPresent)
                .orElseThrow()
                .service
                .getLocalPort();
    }

    private Optional<Connection> find(int clientPort) {
        synchronized (connections) {
            return connections.stream()
                    .filter(each -> each.client.getPort() == clientPort)
                    .findFirst();
        }
    }

    private void accept() {
        try {
            while (true) {
                Socket client = listening.accept();
                if (!faults.hasNext()) {
                    client.close();
                    continue;
                }
                Socket onward = new Socket();
                onward.setReceiveBufferSize(BUFFER);
                onward.connect(service);
                Connection connection = new Connection(client, onward, faults.next());
                synchronized (connections) {
                    connections.add(connection);
                }
                connection.start();
            }
        } catch (IOException e) {
            if (!listening.isClosed()) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Closes every connection and waits until all threads have ended. */
    @Override
    public void close() throws IOException {
        listening.close();
        join(acceptor);
        synchronized (connections) {
            for (Connection connection : connections) {
                connection.close();
                connection.threads.forEach(ChaosProxy::join);
            }
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** The two sockets of a proxied connection, and the threads that forward between them. */
    private static final class Connection {
        private final Socket client;
        private final Socket service;
        private final Fault fault;
        private final List<Thread> threads = new ArrayList<>();
        private final AtomicInteger streams = new AtomicInteger(2);
        private final CountDownLatch closed = new CountDownLatch(1);
        private volatile boolean stalled;

        Connection(Socket client, Socket service, Fault fault) throws IOException {
            this.client = client;
            this.service = service;
            this.fault = fault;
            client.setTcpNoDelay(true);
            service.setTcpNoDelay(true);
        }

        void start() {
            threads.add(Thread.ofVirtual().start(() -> run(Fault.Towards.SERVICE)));
            threads.add(Thread.ofVirtual().start(() -> run(Fault.Towards.CLIENT)));
        }

        private void run(Fault.Towards towards) {
            Socket from = towards == Fault.Towards.CLIENT ? service : client;
            Socket to = towards == Fault.Towards.CLIENT ? client : service;
            try {
                forward(towards, from.getInputStream(), to.getOutputStream());
                if (!to.isClosed()) {
                    to.shutdownOutput();
                }
            } catch (IOException e) {
                reset();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            if (streams.decrementAndGet() == 0) {
                close();
            }
        }

        /** Forwards one direction until its stream ends. */
        private void forward(Fault.Towards towards, InputStream in, OutputStream out)
                throws IOException, InterruptedException {
            byte[] buffer = new byte[BUFFER];
            long forwarded = 0;
            while (true) {
                int max = buffer.length;
                switch (fault) {
                    case Fault.Pass _, Fault.Delay _ -> {}
                    case Fault.Trickle(int bytes, Duration _) -> max = bytes;
                    case Fault.Stall(long after) -> {
                        if (towards == Fault.Towards.CLIENT) {
                            max = (int) Math.min(max, after - forwarded);
                            stalled = max == 0;
                        }
                    }
                    case Fault.Reset(long after) -> {
                        if (towards == Fault.Towards.CLIENT) {
                            max = (int) Math.min(max, after - forwarded);
                            if (max == 0) {
                                reset();
                                return;
                            }
                        }
                    }
                    case Fault.HalfClose(Fault.Towards direction, long after) -> {
                        if (towards == direction) {
                            max = (int) Math.min(max, after - forwarded);
                            if (max == 0) {
                                endAndDrop(towards, in);
                                return;
                            }
                        }
                    }
                }
                int count = stalled ? -1 : in.read(buffer, 0, max);
                if (stalled) {
                    closed.await();
                    return;
                }
                if (count < 0) {
                    return;
                }
                pause(towards);
                out.write(buffer, 0, count);
                forwarded += count;
            }
        }

        private void pause(Fault.Towards towards) {
            switch (fault) {
                case Fault.Delay(Duration toService, Duration toClient) ->
                        LockSupport.parkNanos(
                                (towards == Fault.Towards.CLIENT ? toClient : toService).toNanos());
                case Fault.Trickle(int _, Duration pause) -> LockSupport.parkNanos(pause.toNanos());
                case Fault.Pass _, Fault.Stall _, Fault.Reset _, Fault.HalfClose _ -> {}
            }
        }

        private void endAndDrop(Fault.Towards towards, InputStream in) throws IOException {
            (towards == Fault.Towards.CLIENT ? client : service).shutdownOutput();
            in.transferTo(OutputStream.nullOutputStream());
        }

        private void reset() {
            for (Socket socket : List.of(client, service)) {
                try {
                    socket.setSoLinger(true, 0);
                } catch (IOException e) {
                    // the socket is closed already
                }
            }
            close();
        }

        void close() {
            closed.countDown();
            for (Socket socket : List.of(client, service)) {
                try {
                    socket.close();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }
}
