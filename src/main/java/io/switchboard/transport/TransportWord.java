package io.switchboard.transport;

import io.switchboard.peer.Transport;
import java.util.Locale;
import org.springframework.boot.context.properties.ConfigurationPropertiesBinding;
import org.springframework.core.convert.converter.Converter;
import org.springframework.stereotype.Component;

/** Reads a transport in the configuration; what is none is told with those that are. */
@Component
@ConfigurationPropertiesBinding
final class TransportWord implements Converter<String, Transport> {
    @Override
    public Transport convert(String word) {
        return Transport.of(word.toLowerCase(Locale.ROOT));
    }
}
