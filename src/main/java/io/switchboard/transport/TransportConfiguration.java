package io.switchboard.transport;

import io.switchboard.net.OpenFiles;
import io.switchboard.net.OpenFiles.HttpDemand;
import io.switchboard.peer.Transport;
import io.switchboard.transport.config.TransportProperties;
import io.switchboard.transport.stream.StreamListeners;
import io.switchboard.transport.udp.UdpListeners;
import java.util.Locale;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.properties.ConfigurationPropertiesBinding;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.convert.converter.Converter;
import org.springframework.stereotype.Component;

/** Registers the beans of the configured listeners, and divides the open files between them. */
@Configuration(proxyBeanMethods = false)
@Import({StreamListeners.class, UdpListeners.class})
class TransportConfiguration {
    private static final Logger log = LoggerFactory.getLogger(OpenFiles.class);

    @Bean
    OpenFiles openFiles(TransportProperties listeners, HttpDemand http) {
        OpenFiles files = OpenFiles.divide(http, listeners.connections());
        String shares =
                files.listeners().entrySet().stream()
                        .map(each -> each.getValue() + " for listener " + each.getKey() + ", ")
                        .collect(Collectors.joining());
        log.info(
                "open files: at most {}: {}{} for HTTP, {} in reserve",
                files.limit(),
                shares,
                files.http(),
                files.reserve());
        if (files.excess() > 0) {
            log.warn(
                    "open files: these shares exceed the limit of {} by {}, so connections may be"
                            + " refused: raise the limit (ulimit -n), or lower max-connections of a"
                            + " listener or server.tomcat.max-connections",
                    files.limit(),
                    files.excess());
        }
        return files;
    }

    /** Converts the value of {@code transport}; an error lists the known transports. */
    @Component
    @ConfigurationPropertiesBinding
    static final class TransportConverter implements Converter<String, Transport> {
        @Override
        public Transport convert(String word) {
            return Transport.of(word.toLowerCase(Locale.ROOT));
        }
    }
}
