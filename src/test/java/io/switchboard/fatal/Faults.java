package io.switchboard.fatal;

import io.switchboard.transport.EventLoop;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.springframework.integration.ip.tcp.connection.AbstractServerConnectionFactory;
import org.springframework.integration.ip.tcp.connection.DefaultTcpSocketSupport;

/**
 * A bean of the service in {@link FatalErrorsIT}: a request with the header {@code Fault} causes
 * that fault in the service. It is not annotated, so that the component scan of other tests does
 * not find it.
 */
public final class Faults extends HttpFilter {
    private static final long serialVersionUID = 1;

    /** Keeps the memory, so that the heap remains full. */
    @SuppressWarnings("MutableConstantField")
    private static final List<Object> KEPT = new ArrayList<>(1_000_000);

    private final transient EventLoop.Group loops;
    private final transient AbstractServerConnectionFactory listener;
    private final transient CountDownLatch released = new CountDownLatch(1);

    Faults(EventLoop.Group loops, AbstractServerConnectionFactory listener) {
        this.loops = loops;
        this.listener = listener;
    }

    @Override
    protected void doFilter(
            HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        String fault = request.getHeader("Fault");
        switch (fault == null ? "" : fault) {
            case "error-in-tomcat" -> throwError();
            case "full-heap" -> loops.next().execute(Faults::exhaustMemory);
            case "error-in-handler" -> {
                chain.doFilter(request, new FailingResponse(response));
                return;
            }
            case "error-in-loop" -> loops.next().execute(Faults::throwError);
            case "error-in-acceptor" ->
                    listener.setTcpSocketSupport(
                            new DefaultTcpSocketSupport() {
                                @Override
                                public void postProcessSocket(Socket socket) {
                                    throwError();
                                }
                            });
            case "error-in-thread" -> Thread.ofVirtual().name("ours").start(Faults::throwError);
            case "closed-loop" -> loops.next().execute(this::closeSelector);
            case "failing-acceptor" -> failInAcceptor();
            case "stall" -> loops.next().execute(this::stall);
            case "release" -> released.countDown();
            default -> {}
        }
        chain.doFilter(request, response);
    }

    private static void throwError() {
        throw new OutOfMemoryError("thrown by the test");
    }

    /** Fills the heap to its last bytes and keeps it full. */
    private static void exhaustMemory() {
        OutOfMemoryError last = new OutOfMemoryError("no memory");
        for (int size = 1 << 20; size > 0; size /= 4) {
            try {
                while (true) {
                    KEPT.add(new byte[size]);
                }
            } catch (OutOfMemoryError e) {
                last = e;
            }
        }
        throw last;
    }

    private void closeSelector() {
        try {
            loops.next().selector().close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Makes the accepting thread bind its socket again, and fail. */
    private void failInAcceptor() {
        listener.setTcpSocketSupport(
                new DefaultTcpSocketSupport() {
                    @Override
                    public void postProcessServerSocket(ServerSocket socket) {
                        throw new IllegalStateException("thrown by the test");
                    }
                });
        Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("accept-default"))
                .forEach(Thread::interrupt);
    }

    private void stall() {
        try {
            released.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static final class FailingResponse extends HttpServletResponseWrapper {
        FailingResponse(HttpServletResponse response) {
            super(response);
        }

        @Override
        public ServletOutputStream getOutputStream() {
            throw new OutOfMemoryError("thrown by the test");
        }
    }
}
