package io.switchboard.http;

import io.switchboard.query.GroupService;
import io.switchboard.query.PeerFinder.PeerRow;
import io.switchboard.query.PeerListService.PeerPage;
import org.jspecify.annotations.Nullable;
import org.springframework.core.MethodParameter;
import org.springframework.http.MediaType;
import org.springframework.http.converter.HttpMessageConverter;
import org.springframework.http.server.ServerHttpRequest;
import org.springframework.http.server.ServerHttpResponse;
import org.springframework.http.server.ServletServerHttpRequest;
import org.springframework.web.bind.annotation.ControllerAdvice;
import org.springframework.web.servlet.mvc.method.annotation.ResponseBodyAdvice;

/**
 * Reserves the memory of each answer whose size grows with peers, messages or meters, before Spring
 * writes it. Spring writes JSON piece by piece, so the rows count and their text does not.
 */
@ControllerAdvice
public final class AnswerSizes implements ResponseBodyAdvice<Object> {
    /**
     * The heap that a row of {@code GET /peers} holds. Measured with a class histogram: a snapshot,
     * its times, addresses and texts.
     */
    public static final int ROW_BYTES = 640;

    /** The same of its kernel information. */
    private static final int SOCKET_BYTES = 256;

    private static final int GROUP_BYTES = 64;

    /** A part of an answer is in memory as an object and as bytes to write. */
    private static final int COPIES = 2;

    private final AnswerBudget budget;

    AnswerSizes(AnswerBudget budget) {
        this.budget = budget;
    }

    /** An answer that knows which memory it holds. */
    public interface Sized {
        /** Returns an estimate of the memory in bytes. */
        long heldBytes();
    }

    @Override
    public boolean supports(
            MethodParameter method, Class<? extends HttpMessageConverter<?>> converter) {
        return true;
    }

    @Override
    public @Nullable Object beforeBodyWrite(
            @Nullable Object answer,
            MethodParameter method,
            MediaType type,
            Class<? extends HttpMessageConverter<?>> converter,
            ServerHttpRequest request,
            ServerHttpResponse response) {
        if (request instanceof ServletServerHttpRequest servlet) {
            if (answer instanceof byte[] metrics) {
                budget.reserveForMetrics(servlet.getServletRequest(), metrics.length);
            } else {
                budget.reserve(servlet.getServletRequest(), heldBytes(answer));
            }
        }
        return answer;
    }

    /** Returns an estimate of the memory that an answer holds; 0 if its size is bounded. */
    static long heldBytes(@Nullable Object answer) {
        return switch (answer) {
            case PeerPage page -> page.peers().stream().mapToLong(AnswerSizes::heldBytes).sum();
            case GroupService.Groups groups -> (long) groups.total() * GROUP_BYTES;
            case Sized sized -> sized.heldBytes();
            case String text -> (long) text.length() * COPIES;
            case null, default -> 0;
        };
    }

    private static long heldBytes(PeerRow row) {
        return row.socket() == null ? ROW_BYTES : ROW_BYTES + SOCKET_BYTES;
    }
}
