package io.switchboard.web;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.HandlerInterceptor;

/**
 * Refuses query parameters that the controller's method does not take, and those given twice: a
 * typo is never ignored.
 */
final class StrictParameters implements HandlerInterceptor {
    private final Map<HandlerMethod, Set<String>> known = new ConcurrentHashMap<>();

    @Override
    public boolean preHandle(
            HttpServletRequest request, HttpServletResponse response, Object handler) {
        // not when the container dispatches an error: its query is the failed request's
        if (request.getDispatcherType() == DispatcherType.REQUEST
                && handler instanceof HandlerMethod method
                && isOurs(method)) {
            Set<String> names = known.computeIfAbsent(method, StrictParameters::names);
            // not getParameterMap(): that would eat a body which curl -d calls a form
            Query.parse(request.getQueryString(), names)
                    .forEach(
                            (name, values) -> {
                                if (values.size() > 1) {
                                    throw ApiProblem.badRequest(
                                            "'" + name + "' is given more than once");
                                }
                            });
        }
        return true;
    }

    static ApiProblem unknown(String given, Set<String> names) {
        return ApiProblem.badRequest(
                "unknown parameter '"
                        + given
                        + "': "
                        + (names.isEmpty()
                                ? "none is taken here"
                                : "known are " + String.join(", ", new TreeSet<>(names))));
    }

    private static boolean isOurs(HandlerMethod method) {
        return method.getBeanType().getPackage().equals(StrictParameters.class.getPackage());
    }

    private static Set<String> names(HandlerMethod method) {
        return Arrays.stream(method.getMethodParameters())
                .filter(parameter -> parameter.hasParameterAnnotation(RequestParam.class))
                .map(parameter -> parameter.getParameter().getName())
                .collect(Collectors.toUnmodifiableSet());
    }
}
