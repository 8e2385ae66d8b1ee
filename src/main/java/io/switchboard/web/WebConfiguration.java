package io.switchboard.web;

import io.switchboard.peer.CloseReason;
import io.switchboard.peer.DurationText;
import io.switchboard.peer.KeptCall;
import io.switchboard.peer.PeerId;
import io.switchboard.peer.PeerState;
import java.time.Duration;
import java.util.List;
import org.apache.catalina.core.StandardHost;
import org.springframework.boot.jackson.autoconfigure.JsonMapperBuilderCustomizer;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.filter.RequestContextFilter;
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
    private final Elsewhere elsewhere;

    WebConfiguration(Elsewhere elsewhere) {
        this.elsewhere = elsewhere;
    }

    @Override
    public void addInterceptors(InterceptorRegistry registry) {
        registry.addInterceptor(new StrictParameters());
        registry.addInterceptor(elsewhere);
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
    ServletRegistrationBean<EventsController> eventsMapping(EventsController events) {
        return new ServletRegistrationBean<>(events, EventsController.PATH);
    }

    /** Spring's servlet binds a request to its thread by itself, and nobody else asks for one. */
    @Bean
    FilterRegistrationBean<RequestContextFilter> noRequestContextFilter() {
        FilterRegistrationBean<RequestContextFilter> none =
                new FilterRegistrationBean<>(new RequestContextFilter());
        none.setEnabled(false);
        return none;
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
                        .defaultPrettyPrinter(new ListsByLine())
                        .enable(SerializationFeature.INDENT_OUTPUT);
    }

    private static <T> ValueSerializer<T> text(java.util.function.Function<T, String> spelling) {
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
            factory.addEngineValves(new SecurityHeaders());
            factory.addContextCustomizers(
                    context -> {
                        context.getPipeline().addValve(new Hangup());
                        if (context.getParent() instanceof StandardHost host) {
                            host.setErrorReportValveClass(ProblemValve.class.getName());
                        }
                    });
        };
    }
}
