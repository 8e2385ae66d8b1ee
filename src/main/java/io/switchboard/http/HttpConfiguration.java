package io.switchboard.http;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.switchboard.http.events.EventsServlet;
import io.switchboard.http.problem.Problems;
import io.switchboard.http.send.SendServlet;
import io.switchboard.net.OpenFiles.HttpDemand;
import io.switchboard.peer.CloseReason;
import io.switchboard.peer.DurationText;
import io.switchboard.peer.PeerId;
import io.switchboard.peer.PeerSnapshot;
import io.switchboard.peer.PeerSnapshot.PeerState;
import io.switchboard.peer.dial.KeptConnections.KeptConnection;
import io.switchboard.query.PeerFinder.PeerRow;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import org.springframework.boot.jackson.autoconfigure.JsonMapperBuilderCustomizer;
import org.springframework.boot.web.servlet.FilterRegistration;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.web.filter.RequestContextFilter;
import org.springframework.web.method.support.HandlerMethodArgumentResolver;
import org.springframework.web.servlet.HandlerExceptionResolver;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;
import org.springframework.web.servlet.mvc.method.annotation.ExceptionHandlerExceptionResolver;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.module.SimpleModule;

/**
 * Configures Spring MVC and Jackson so that all endpoints use the same form of JSON and of errors
 * and refuse unknown parameters.
 */
@Configuration(proxyBeanMethods = false)
public class HttpConfiguration implements WebMvcConfigurer {
    private final RequestBinder binder;

    HttpConfiguration(RequestBinder binder) {
        this.binder = binder;
    }

    @Override
    public void addInterceptors(InterceptorRegistry registry) {
        registry.addInterceptor(binder);
    }

    @Override
    public void addArgumentResolvers(List<HandlerMethodArgumentResolver> resolvers) {
        resolvers.add(binder);
    }

    /**
     * Lets {@link Problems} also handle exceptions of handlers that are not annotated methods, such
     * as the handler of static resources.
     */
    @Override
    public void extendHandlerExceptionResolvers(List<HandlerExceptionResolver> resolvers) {
        resolvers.forEach(
                resolver -> {
                    if (resolver instanceof ExceptionHandlerExceptionResolver advice) {
                        advice.setMappedHandlerPredicate(_ -> true);
                    }
                });
    }

    @Bean
    static HttpDemand httpDemand(Environment environment) {
        return HttpConnector.demand(environment);
    }

    @Bean
    ServletRegistrationBean<SendServlet> sendMapping(SendServlet send) {
        return new ServletRegistrationBean<>(send, "/send");
    }

    @Bean
    ServletRegistrationBean<EventsServlet> eventsMapping(EventsServlet events) {
        return new ServletRegistrationBean<>(events, EventsServlet.PATH);
    }

    /**
     * Disables Spring Boot's filter. The DispatcherServlet itself binds a request to its thread,
     * and no code outside of it needs the binding.
     */
    @Bean
    @FilterRegistration(enabled = false)
    RequestContextFilter disabledRequestContextFilter() {
        return new RequestContextFilter();
    }

    @Bean
    JsonMapperBuilderCustomizer json() {
        SimpleModule module = new SimpleModule("switchboard");
        module.addSerializer(PeerId.class, text(PeerId::toString));
        module.addSerializer(CloseReason.class, text(CloseReason::word));
        module.addSerializer(Duration.class, text(DurationText::of));
        module.addSerializer(PeerState.class, text(PeerState::word));
        module.addSerializer(KeptConnection.State.class, text(KeptConnection.State::word));
        return builder ->
                builder.addModule(module)
                        .addMixIn(PeerRow.class, PeerRowFields.class)
                        .defaultPrettyPrinter(new ListsByLine())
                        .enable(SerializationFeature.INDENT_OUTPUT);
    }

    /**
     * Puts the fields of a row's peer into the row itself, and omits the time that only tables
     * need.
     */
    @SuppressWarnings("UnusedMethod") // Jackson reads the annotations
    private interface PeerRowFields {
        @JsonUnwrapped
        PeerSnapshot peer();

        @JsonIgnore
        Instant readAt();
    }

    private static <T> ValueSerializer<T> text(Function<T, String> toText) {
        return new ValueSerializer<>() {
            @Override
            public void serialize(T value, JsonGenerator out, SerializationContext context) {
                out.writeString(toText.apply(value));
            }
        };
    }
}
