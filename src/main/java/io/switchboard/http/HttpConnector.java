package io.switchboard.http;

import io.switchboard.http.problem.ProblemValve;
import io.switchboard.net.OpenFiles;
import io.switchboard.net.OpenFiles.HttpDemand;
import java.util.Map;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.core.StandardHost;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.PropertyAccessorFactory;
import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.Http2;
import org.springframework.boot.web.server.Ssl;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;

/**
 * Sets the properties of Tomcat's connector, so that a connection costs little memory, and adds the
 * connector that serves only health. It uses Tomcat's documented attributes only.
 */
@Component
final class HttpConnector implements WebServerFactoryCustomizer<TomcatServletWebServerFactory> {
    /**
     * The heap that a connection without TLS costs after its first byte: the buffer of {@code
     * server.max-http-request-header-size}, the other buffers of {@link #PROPERTIES}, and 7 KB of
     * Tomcat's objects. {@code HttpConnectionsIT} measures it.
     */
    static final int CONNECTION_BYTES = 16 * 1024;

    private static final String HTTP2 = "server.http2.enabled";
    private static final String MAX_CONNECTIONS = "server.tomcat.max-connections";
    private static final int MOST_CONNECTIONS = 8_192;
    private static final int PART_OF_HEAP = 10;

    private static final Map<String, String> PROPERTIES =
            Map.of(
                    // beside the buffer of the header; the heads and bodies of most sends fit into
                    // it
                    "socket.appReadBufSize", "512",
                    "socket.appWriteBufSize", "1024",
                    // kernel memory: a client that does not read holds no more than twice this
                    "socket.txBufSize", "65536",
                    // no request of the API has trailers
                    "maxTrailerSize", "128",
                    // a body may pause for longer than a header (connection-timeout)
                    "disableUploadTimeout", "false",
                    "connectionUploadTimeout", "20000");

    private static final Map<String, String> HEALTH_PROPERTIES =
            Map.of(
                    "maxThreads", "2",
                    "minSpareThreads", "1",
                    "maxConnections", "32",
                    "connectionTimeout", "5000");

    /** Each request of a client is in memory at the same time; a browser needs a few. */
    private static final int HTTP2_STREAMS = 20;

    private final RequestThreads threads;
    private final OpenFiles files;
    private final HttpProperties properties;
    private final Environment environment;
    private final ApplicationAvailability availability;

    HttpConnector(
            RequestThreads threads,
            OpenFiles files,
            HttpProperties properties,
            Environment environment,
            ApplicationAvailability availability) {
        this.threads = threads;
        this.files = files;
        this.properties = properties;
        this.environment = environment;
        this.availability = availability;
    }

    /**
     * Returns how many connections HTTP may have: what the operator has set, or what fits into a
     * tenth of the maximum heap.
     */
    static HttpDemand demand(Environment environment) {
        long fitting = Runtime.getRuntime().maxMemory() / PART_OF_HEAP / CONNECTION_BYTES;
        int max = Math.clamp(fitting, 1, MOST_CONNECTIONS);
        Integer configured = configured(environment);
        boolean unlimited = configured != null && configured < 0;
        return new HttpDemand(unlimited ? Integer.valueOf(max) : configured, max);
    }

    private static @Nullable Integer configured(Environment environment) {
        return Binder.get(environment).bind(MAX_CONNECTIONS, Integer.class).orElse(null);
    }

    @Override
    public void customize(TomcatServletWebServerFactory factory) {
        factory.addProtocolHandlerCustomizers(protocol -> protocol.setExecutor(threads));
        factory.addEngineValves(new RequestEndValve(threads::requestEnded));
        factory.addConnectorCustomizers(this::customize);
        // without TLS, HTTP/2 would only add another protocol that an outsider can use
        if (Ssl.isEnabled(factory.getSsl()) && environment.getProperty(HTTP2) == null) {
            Http2 http2 = new Http2();
            http2.setEnabled(true);
            factory.setHttp2(http2);
        }
        factory.addContextCustomizers(
                context -> {
                    if (context.getParent() instanceof StandardHost host) {
                        host.setErrorReportValveClass("");
                        host.getPipeline().addValve(new ProblemValve(this::stopping));
                    }
                });
        if (properties.healthPort() != null) {
            Connector health = healthConnector(properties.healthPort());
            factory.addAdditionalConnectors(health);
            factory.addEngineValves(new HealthPortValve(health));
        }
    }

    private boolean stopping() {
        return availability.getReadinessState() == ReadinessState.REFUSING_TRAFFIC;
    }

    private void customize(Connector connector) {
        PROPERTIES.forEach(connector::setProperty);
        for (Object http2 : connector.findUpgradeProtocols()) {
            PropertyAccessorFactory.forBeanPropertyAccess(http2)
                    .setPropertyValue("maxConcurrentStreams", HTTP2_STREAMS);
        }
        if (configured(environment) == null) {
            connector.setProperty("maxConnections", Integer.toString(files.http()));
        }
    }

    /** Returns a connector with threads of its own, so that it waits for no other request. */
    private Connector healthConnector(int port) {
        Connector connector = new Connector();
        connector.setPort(port);
        String address = environment.getProperty("server.address");
        if (address != null) {
            connector.setProperty("address", address);
        }
        PROPERTIES.forEach(connector::setProperty);
        HEALTH_PROPERTIES.forEach(connector::setProperty);
        return connector;
    }
}
