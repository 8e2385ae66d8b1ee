package io.switchboard.web;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.switchboard.peer.CloseReason;
import io.switchboard.peer.DurationText;
import io.switchboard.peer.KeptCalls.KeptCall;
import io.switchboard.peer.Peer;
import io.switchboard.peer.Peer.PeerState;
import io.switchboard.peer.PeerId;
import io.switchboard.query.PeerFinder.PeerRow;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import org.apache.catalina.core.StandardHost;
import org.springframework.boot.jackson.autoconfigure.JsonMapperBuilderCustomizer;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.web.servlet.FilterRegistration;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
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

/** How HTTP looks: one form of JSON, one form of errors, nothing ignored. */
@Configuration(proxyBeanMethods = false)
class WebConfiguration implements WebMvcConfigurer {
    private final RequestBinder binder;

    WebConfiguration(RequestBinder binder) {
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

    /** Lets {@link Problems} handle what plain handlers throw too, not only annotated methods. */
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
    ServletRegistrationBean<SendController> sendMapping(SendController send) {
        return new ServletRegistrationBean<>(send, "/send");
    }

    @Bean
    ServletRegistrationBean<EventsServlet> eventsMapping(EventsServlet events) {
        return new ServletRegistrationBean<>(events, EventsServlet.PATH);
    }

    /** Spring's servlet binds a request to its thread by itself, and nobody else asks for one. */
    @Bean
    @FilterRegistration(enabled = false)
    RequestContextFilter noRequestContextFilter() {
        return new RequestContextFilter();
    }

    @Bean
    JsonMapperBuilderCustomizer json() {
        SimpleModule words = new SimpleModule("switchboard");
        words.addSerializer(PeerId.class, text(PeerId::toString));
        words.addSerializer(CloseReason.class, text(CloseReason::word));
        words.addSerializer(Duration.class, text(DurationText::of));
        words.addSerializer(PeerState.class, text(PeerState::word));
        words.addSerializer(KeptCall.State.class, text(KeptCall.State::word));
        return builder ->
                builder.addModule(words)
                        .addMixIn(PeerRow.class, PeerRowFields.class)
                        .defaultPrettyPrinter(new ListsByLine())
                        .enable(SerializationFeature.INDENT_OUTPUT);
    }

    /** A row's peer has its fields in the row, and the time of reading is for tables only. */
    @SuppressWarnings("UnusedMethod") // Jackson reads the annotations
    private interface PeerRowFields {
        @JsonUnwrapped
        Peer peer();

        @JsonIgnore
        Instant readAt();
    }

    private static <T> ValueSerializer<T> text(Function<T, String> spelling) {
        return new ValueSerializer<>() {
            @Override
            public void serialize(T value, JsonGenerator out, SerializationContext context) {
                out.writeString(spelling.apply(value));
            }
        };
    }

    @Bean
    WebServerFactoryCustomizer<TomcatServletWebServerFactory> tomcat(RequestThreads threads) {
        return factory -> {
            factory.addProtocolHandlerCustomizers(protocol -> protocol.setExecutor(threads));
            factory.addContextCustomizers(
                    context -> {
                        if (context.getParent() instanceof StandardHost host) {
                            host.setErrorReportValveClass(ProblemValve.class.getName());
                        }
                    });
        };
    }
}
