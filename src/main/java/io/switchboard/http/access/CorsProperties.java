package io.switchboard.http.access;

import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The settings of cross-origin requests. {@link Cors} validates them.
 *
 * @param allowedOrigins origins such as https://app.example whose pages may call the API
 */
@ConfigurationProperties(AdminProperties.PREFIX)
record CorsProperties(@DefaultValue List<String> allowedOrigins) {}
