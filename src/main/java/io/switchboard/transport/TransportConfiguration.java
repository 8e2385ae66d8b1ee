package io.switchboard.transport;

import io.switchboard.peer.Transport;
import io.switchboard.transport.datagram.DatagramListeners;
import io.switchboard.transport.stream.StreamListeners;
import java.util.Locale;
import org.springframework.boot.context.properties.ConfigurationPropertiesBinding;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.convert.converter.Converter;
import org.springframework.stereotype.Component;

/** Registers the listeners that the configuration names. */
@Configuration(proxyBeanMethods = false)
@Import({StreamListeners.class, DatagramListeners.class})
class TransportConfiguration {

    /** Reads a transport in the configuration; an error names those that exist. */
    @Component
    @ConfigurationPropertiesBinding
    static final class TransportWord implements Converter<String, Transport> {
        @Override
        public Transport convert(String word) {
            return Transport.of(word.toLowerCase(Locale.ROOT));
        }
    }
}
