package io.switchboard.http;

import io.switchboard.mailbox.Mailbox;
import io.switchboard.query.PeerListService.PeerPage;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.core.MethodParameter;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.converter.HttpMessageConverter;
import org.springframework.http.server.ServerHttpRequest;
import org.springframework.http.server.ServerHttpResponse;
import org.springframework.http.server.ServletServerHttpRequest;
import org.springframework.web.bind.annotation.ControllerAdvice;
import org.springframework.web.servlet.mvc.method.annotation.ResponseBodyAdvice;
import org.springframework.web.util.UriUtils;

/**
 * Adds {@code Link: <?after=...>; rel="next"} (RFC 8288) to each page of a list but the last one.
 * The link is relative, so that it is right behind a proxy too.
 */
@ControllerAdvice
final class NextPage implements ResponseBodyAdvice<Object> {
    private static final String AFTER = "after=";

    /**
     * A longer link is left out: server.tomcat.max-http-response-header-size limits all headers.
     */
    private static final int MAX_LENGTH = 256;

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
        String next = next(answer);
        if (next != null && request instanceof ServletServerHttpRequest servlet) {
            String link = link(servlet.getServletRequest().getQueryString(), next);
            if (link.length() <= MAX_LENGTH) {
                response.getHeaders().add(HttpHeaders.LINK, link);
            }
        }
        return answer;
    }

    private static @Nullable String next(@Nullable Object answer) {
        return switch (answer) {
            case PeerPage page -> page.next();
            case Mailbox.Names page -> page.next();
            case Mailbox.Messages page -> page.next();
            case null, default -> null;
        };
    }

    /**
     * Returns the header's value.
     *
     * @param query the query of this page, percent-encoded; null for none
     * @param next the {@code after} of the next page
     */
    static String link(@Nullable String query, String next) {
        String others = Objects.requireNonNullElse(query, "");
        return Stream.concat(
                        Arrays.stream(others.split("&"))
                                .filter(each -> !each.isEmpty() && !each.startsWith(AFTER)),
                        Stream.of(AFTER + UriUtils.encode(next, "UTF-8")))
                .collect(Collectors.joining("&", "<?", ">; rel=\"next\""));
    }
}
