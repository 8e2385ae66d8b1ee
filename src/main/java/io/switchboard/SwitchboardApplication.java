package io.switchboard;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Objects;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;

/** Starts the service; with {@code --help}, says which settings matter and starts nothing. */
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
        SpringApplication.run(SwitchboardApplication.class, args);
    }
}
