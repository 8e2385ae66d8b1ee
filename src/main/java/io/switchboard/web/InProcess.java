package io.switchboard.web;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.catalina.connector.Connector;
import org.apache.coyote.Adapter;
import org.apache.coyote.InputBuffer;
import org.apache.coyote.OutputBuffer;
import org.apache.coyote.Request;
import org.apache.coyote.Response;
import org.apache.tomcat.util.net.ApplicationBufferHandler;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.tomcat.TomcatWebServer;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.http.HttpHeaders;
import org.springframework.stereotype.Component;

/**
 * Answers a request as if it had come by HTTP, without a socket: all of Tomcat behind its connector
 * sees it, so that another node's client gets what a client of this one would. On the calling
 * thread. For what answers at once and as a whole, which is all but {@code /events}.
 */
@Component
final class InProcess {
    private static final String CARRIED = InProcess.class.getName();
    private static final List<String> TELLING =
            List.of(
                    HttpHeaders.CONTENT_TYPE,
                    HttpHeaders.LOCATION,
                    HttpHeaders.RETRY_AFTER,
                    HttpHeaders.ALLOW,
                    HttpHeaders.VARY);

    private volatile @Nullable Connector connector;

    /** Whether it came from another node, which has let it in. Nothing in a request can say so. */
    static boolean isCarried(jakarta.servlet.ServletRequest request) {
        return request.getAttribute(CARRIED) != null;
    }

    @EventListener
    void ready(WebServerInitializedEvent event) {
        if (event.getWebServer() instanceof TomcatWebServer tomcat) {
            connector = tomcat.getTomcat().getConnector();
        }
    }

    /**
     * @throws IllegalStateException the web server is not there yet
     */
    CarriedAnswer answer(CarriedRequest asked) {
        Connector there = connector;
        if (there == null) {
            throw new IllegalStateException("the web server is not there yet");
        }
        Request request = request(asked);
        Response response = new Response();
        Collected body = new Collected();
        response.setOutputBuffer(body);
        request.setResponse(response);
        response.setRequest(request);
        Adapter adapter = there.getProtocolHandler().getAdapter();
        try {
            adapter.service(request, response);
        } catch (Exception e) {
            throw new IllegalStateException(asked.method() + " " + asked.path() + " broke off", e);
        }
        return new CarriedAnswer(response.getStatus(), headers(response), body.bytes());
    }

    private static Request request(CarriedRequest asked) {
        String loopback = InetAddress.getLoopbackAddress().getHostAddress();
        Request request = new Request();
        request.scheme().setString("http");
        request.setMethod(asked.method());
        request.requestURI().setString(asked.path());
        request.decodedURI().setString(asked.path());
        if (asked.query() != null) {
            request.queryString().setString(asked.query());
        }
        request.protocol().setString("HTTP/1.1");
        request.serverName().setString("localhost");
        request.remoteAddr().setString(loopback);
        request.setServerPort(80);
        request.getMimeHeaders().setValue(HttpHeaders.HOST).setString("localhost");
        if (asked.accept() != null) {
            request.getMimeHeaders().setValue(HttpHeaders.ACCEPT).setString(asked.accept());
        }
        if (asked.contentType() != null) {
            request.getMimeHeaders()
                    .setValue(HttpHeaders.CONTENT_TYPE)
                    .setString(asked.contentType());
        }
        request.setContentLength(asked.body().length);
        request.setInputBuffer(new Given(asked.body()));
        request.setAttribute(CARRIED, CARRIED);
        return request;
    }

    private static Map<String, String> headers(Response response) {
        Map<String, String> headers = new LinkedHashMap<>();
        for (String name : TELLING) {
            String value = response.getMimeHeaders().getHeader(name);
            if (value != null) {
                headers.put(name, value);
            }
        }
        String type = response.getContentType();
        if (type != null) {
            headers.put(HttpHeaders.CONTENT_TYPE, type);
        }
        return headers;
    }

    /** The body, at once. */
    private static final class Given implements InputBuffer {
        private byte @Nullable [] body;

        Given(byte[] body) {
            this.body = body;
        }

        @Override
        public int doRead(ApplicationBufferHandler handler) {
            byte[] all = body;
            body = null;
            if (all == null || all.length == 0) {
                return -1;
            }
            handler.setByteBuffer(ByteBuffer.wrap(all));
            return all.length;
        }

        @Override
        public int available() {
            byte[] all = body;
            return all == null ? 0 : all.length;
        }
    }

    /** The answer, as it comes. */
    private static final class Collected implements OutputBuffer {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        @Override
        public int doWrite(ByteBuffer chunk) throws IOException {
            byte[] some = new byte[chunk.remaining()];
            chunk.get(some);
            bytes.write(some);
            return some.length;
        }

        @Override
        public long getBytesWritten() {
            return bytes.size();
        }

        byte[] bytes() {
            return bytes.toByteArray();
        }
    }
}
