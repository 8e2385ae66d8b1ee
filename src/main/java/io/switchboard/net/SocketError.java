package io.switchboard.net;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.Arrays;
import javax.net.ssl.SSLException;

/**
 * The reason why connect(2) or a TLS handshake failed, as an errno(3) of Linux. Python's {@code
 * connect_ex} returns the same numbers.
 *
 * @param errno 0 if the number is not known
 * @param code the symbol of the error, such as ECONNREFUSED
 * @param message a text for people
 */
public record SocketError(int errno, String code, String message) {

    /**
     * Maps the text of strerror(3) to the errno, because the JDK's exceptions keep only the text.
     */
    private enum Known {
        EPERM(1, "Operation not permitted"),
        EACCES(13, "Permission denied"),
        EMFILE(24, "Too many open files"),
        EINVAL(22, "Invalid argument"),
        EPROTO(71, "Protocol error"),
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

    /** An error code of getaddrinfo(3), which is not an errno. */
    private static final int EAI_NONAME = -2;

    /** Returns the error that an exception of the JDK stands for; EIO if it is not recognised. */
    public static SocketError of(IOException cause) {
        String message = String.valueOf(cause.getMessage());
        if (cause instanceof SocketTimeoutException) {
            return timedOut();
        }
        if (cause instanceof SSLException) {
            String text = "TLS handshake failed: " + message;
            return new SocketError(Known.EPROTO.errno, Known.EPROTO.name(), text);
        }
        if (cause instanceof EOFException) {
            return new SocketError(Known.ECONNRESET.errno, Known.ECONNRESET.name(), message);
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

    /** Returns the error of an attempt that exceeded its timeout. */
    public static SocketError timedOut() {
        return new SocketError(Known.ETIMEDOUT.errno, Known.ETIMEDOUT.name(), Known.ETIMEDOUT.text);
    }

    /** Returns whether the attempt timed out. */
    @JsonIgnore
    public boolean isTimeout() {
        return errno == Known.ETIMEDOUT.errno;
    }
}
