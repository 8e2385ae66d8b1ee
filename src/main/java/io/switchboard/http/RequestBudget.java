package io.switchboard.http;

import io.switchboard.http.access.Client;
import io.switchboard.http.problem.ApiProblem;
import io.switchboard.net.MemoryBudget;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletRequestEvent;
import jakarta.servlet.ServletRequestListener;
import java.io.Closeable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolder;

/** The memory limit of one kind of data of all HTTP requests in progress. Thread-safe. */
public abstract class RequestBudget extends MemoryBudget implements ServletRequestListener {
    /** The first bytes of each request do not count, so a full budget refuses no small request. */
    public static final int FREE_BYTES = 4 * 1024;

    private static final String RETRY_AFTER_SECONDS = "1";

    private final String attribute = getClass().getName();

    RequestBudget(String name, String description, long limit) {
        super(name, description, limit);
    }

    /** The memory of one request or of one line of its body. One thread at a time uses it. */
    public final class Reservation implements Closeable {
        private long bytes;

        /** Reserves more memory. Returns false if the budget has too little left. */
        public boolean tryGrow(long additional) {
            if (!tryReserve(additional)) {
                return false;
            }
            bytes += additional;
            return true;
        }

        /** Returns a part of the memory. */
        public void shrink(long released) {
            if (released > 0) {
                release(released);
                bytes -= released;
            }
        }

        /**
         * Changes the reservation to this size. If it grows and the budget would have less than
         * this left, returns false and changes nothing. A size of up to {@link #FREE_BYTES} needs
         * no memory of the budget.
         *
         * @param left what other requests can still reserve; approximate if several requests
         *     reserve at the same time
         */
        boolean tryResize(long size, long left) {
            long needed = size > FREE_BYTES ? size : 0;
            if (needed > bytes) {
                return used() + needed - bytes <= limit() - left && tryGrow(needed - bytes);
            }
            shrink(bytes - needed);
            return true;
        }

        /** Releases the memory. Idempotent. */
        @Override
        public void close() {
            shrink(bytes);
        }
    }

    /** Returns an empty reservation, which the caller closes. */
    public final Reservation reservation() {
        return new Reservation();
    }

    /**
     * Returns the reservation of a request, which is closed when the request ends. It is empty at
     * the first call.
     */
    public final Reservation reservation(ServletRequest request) {
        if (request.getAttribute(attribute) instanceof Reservation reservation) {
            return reservation;
        }
        Reservation reservation = new Reservation();
        request.setAttribute(attribute, reservation);
        return reservation;
    }

    @Override
    public final void requestDestroyed(ServletRequestEvent event) {
        if (event.getServletRequest().getAttribute(attribute) instanceof Reservation reservation) {
            reservation.close();
        }
    }

    /** Returns the problem of a request for which the budget has too little left. */
    public abstract ApiProblem exhausted();

    /**
     * Returns what the requests in progress have, for the problem of one of them; without the
     * number for a client that reaches only some peers.
     *
     * @param whose the requests in words, such as "the bodies of all requests in progress"
     */
    final String inUse(String whose) {
        Authentication authentication = SecurityContextHolder.getContext().getAuthentication();
        boolean restricted =
                authentication != null
                        && authentication.getPrincipal() instanceof Client client
                        && !client.reach().includesAll();
        return restricted ? whose + " have too much" : "%s have %d bytes".formatted(whose, used());
    }

    static ApiProblem exhausted(String reason, String detail) {
        return new ApiProblem(HttpStatus.TOO_MANY_REQUESTS, reason, detail)
                .withHeader(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS);
    }
}
