package io.switchboard.store;

import java.nio.file.Path;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where the service keeps what must survive a restart.
 *
 * @param directory the directory of the embedded database; created at the first need
 */
@ConfigurationProperties("switchboard.data")
record DataProperties(@DefaultValue("data") Path directory) {}
