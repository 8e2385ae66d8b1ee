package io.switchboard.peer;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.Arrays;

/**
 * Why connect(2) failed, as connect_ex of Python's socket module and errno(3) of Linux tell it.
 *
 * @param errno 0 where the cause has no number
 * @param code its symbol, such as ECONNREFUSED
 * @param message for people
 */
public record SocketError(int errno, String code, String message) {

    /** By the text that strerror(3) has for it, which is all that the JDK keeps of the number. */
    private enum Known {
        EPERM(1, "Operation not permitted"),
        EACCES(13, "Permission denied"),
        EMFILE(24, "Too many open files"),
        EINVAL(22, "Invalid argument"),
        EADDRINUSE(98, "Address already in use"),
        EADDRNOTAVAIL(99, "Cannot assign requested address"),
        ENETUNREACH(101, "Network is unreachable"),
        ECONNRESET(104, "Connection reset"),
        ETIMEDOUT(110, "Connection timed out"),
        ECONNREFUSED(111, "Connection refused"),
        EHOSTUNREACH(113, "No route to host");

        private final int errno;
        private final String text;

        Known(int errno, String text) {
            this.errno = errno;
            this.text = text;
        }
    }

    /** getaddrinfo(3)'s own number, which is none of errno's. */
    private static final int EAI_NONAME = -2;

    /** What the JDK says of it. */
    public static SocketError of(IOException cause) {
        String message = String.valueOf(cause.getMessage());
        if (cause instanceof SocketTimeoutException) {
            return timedOut();
        }
        if (cause instanceof UnknownHostException) {
            return new SocketError(EAI_NONAME, "EAI_NONAME", "no address is known for " + message);
        }
        return Arrays.stream(Known.values())
                .filter(each -> message.contains(each.text))
                .findFirst()
                .map(each -> new SocketError(each.errno, each.name(), each.text))
                .orElseGet(() -> new SocketError(0, "EIO", message));
    }

    /** No answer came within the time given. */
    public static SocketError timedOut() {
        return new SocketError(Known.ETIMEDOUT.errno, Known.ETIMEDOUT.name(), Known.ETIMEDOUT.text);
    }

    /** Whether it is that no answer came. */
    @JsonIgnore
    public boolean isTimeout() {
        return errno == Known.ETIMEDOUT.errno;
    }
}
