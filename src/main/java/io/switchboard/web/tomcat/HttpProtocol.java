package io.switchboard.web.tomcat;

import org.apache.coyote.http11.Http11NioProtocol;

/** HTTP/1.1 over an {@link HttpEndpoint}, which takes {@link RequestThreads} as its executor. */
public final class HttpProtocol extends Http11NioProtocol {
    private static final int FEW_PROCESSORS = 2;

    /** Tomcat makes it by its name. */
    public HttpProtocol() {
        this(Runtime.getRuntime().availableProcessors() <= FEW_PROCESSORS);
    }

    /**
     * @param fewProcessors as {@link HttpEndpoint} has it
     */
    HttpProtocol(boolean fewProcessors) {
        super(new HttpEndpoint(fewProcessors));
    }
}
