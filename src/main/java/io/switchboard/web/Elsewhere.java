package io.switchboard.web;

import io.switchboard.cluster.Node;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.HandlerInterceptor;
import org.springframework.web.servlet.HandlerMapping;

/** Has the node answer that has the peer of the path, where that is another. */
@Component
final class Elsewhere implements HandlerInterceptor {
    private final Owners owners;
    private final Carrier carrier;

    Elsewhere(Owners owners, Carrier carrier) {
        this.owners = owners;
        this.carrier = carrier;
    }

    @Override
    public boolean preHandle(
            HttpServletRequest request, HttpServletResponse response, Object handler)
            throws IOException {
        if (InProcess.isCarried(request)
                || !(request.getAttribute(HandlerMapping.URI_TEMPLATE_VARIABLES_ATTRIBUTE)
                        instanceof Map<?, ?> variables)
                || !(variables.get("peer") instanceof String reference)) {
            return true;
        }
        Optional<Node> owner = owners.owner(reference);
        if (owner.isEmpty()) {
            return true;
        }
        CarriedRequest carried =
                new CarriedRequest(
                        request.getMethod(),
                        request.getRequestURI(),
                        request.getQueryString(),
                        request.getHeader("Accept"),
                        request.getContentType(),
                        Body.read(request));
        Carrier.pass(carrier.ask(owner.get(), carried), response);
        return false;
    }
}
