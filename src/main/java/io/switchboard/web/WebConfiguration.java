package io.switchboard.web;

import io.switchboard.peer.CloseReason;
import io.switchboard.peer.PeerId;
import io.switchboard.peer.PeerState;
import java.util.List;
import java.util.Map;
import org.apache.catalina.core.StandardHost;
import org.springframework.boot.jackson.autoconfigure.JsonMapperBuilderCustomizer;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.servlet.HandlerExceptionResolver;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;
import org.springframework.web.servlet.handler.SimpleUrlHandlerMapping;
import org.springframework.web.servlet.mvc.method.annotation.ExceptionHandlerExceptionResolver;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.module.SimpleModule;

/** How HTTP looks: one form of JSON, one form of errors, nothing ignored. */
@Configuration(proxyBeanMethods = false)
class WebConfiguration implements WebMvcConfigurer {
    private static final int BEFORE_ANNOTATED_CONTROLLERS = -1;

    @Override
    public void addInterceptors(InterceptorRegistry registry) {
        registry.addInterceptor(new StrictParameters());
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
    SimpleUrlHandlerMapping sendMapping(SendController send) {
        return new SimpleUrlHandlerMapping(Map.of("/send", send), BEFORE_ANNOTATED_CONTROLLERS);
    }

    @Bean
    JsonMapperBuilderCustomizer json() {
        SimpleModule words = new SimpleModule("switchboard");
        words.addSerializer(PeerId.class, text(PeerId::toString));
        words.addSerializer(CloseReason.class, text(CloseReason::word));
        words.addSerializer(PeerState.class, text(PeerState::word));
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
    WebServerFactoryCustomizer<TomcatServletWebServerFactory> problemsFromTomcat() {
        return factory ->
                factory.addContextCustomizers(
                        context -> {
                            if (context.getParent() instanceof StandardHost host) {
                                host.setErrorReportValveClass(ProblemValve.class.getName());
                            }
                        });
    }
}
