package io.switchboard;

import io.switchboard.fatal.FatalErrors;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Objects;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;

/**
 * Starts the service. With the argument {@code --help} it prints {@code help.txt}, which lists the
 * main settings, and exits.
 */
@SpringBootApplication
@ConfigurationPropertiesScan
public class SwitchboardApplication {

    public static void main(String[] args) throws IOException {
        if (Arrays.asList(args).contains("--help")) {
            try (InputStream help = SwitchboardApplication.class.getResourceAsStream("/help.txt")) {
                Objects.requireNonNull(help).transferTo(System.out);
            }
            return;
        }
        FatalErrors.install();
        SpringApplication.run(SwitchboardApplication.class, args);
    }
}
