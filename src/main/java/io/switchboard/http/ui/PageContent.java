package io.switchboard.http.ui;

import jakarta.servlet.http.HttpServletRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.util.zip.GZIPOutputStream;
import org.apache.tomcat.util.http.parser.AcceptEncoding;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.Resource;
import org.springframework.http.HttpHeaders;
import org.springframework.web.servlet.resource.HttpResource;
import org.springframework.web.servlet.resource.TransformedResource;

/**
 * The content of a page or of one of its files. It is compressed once, at the first request that
 * accepts it: Tomcat would do so for each request, which takes 40 ms for the largest file.
 * Thread-safe.
 */
final class PageContent extends TransformedResource {
    /** Smaller files are not compressed; as {@code server.compression.min-response-size}. */
    private static final int MIN_BYTES = 2 * 1024;

    private final byte[] plain;
    private volatile @Nullable Resource compressed;

    /**
     * @param file gives the name and the time of the last change
     */
    PageContent(Resource file, byte[] content) {
        super(file, content);
        plain = content;
    }

    static PageContent read(Resource file) {
        try {
            return new PageContent(file, file.getContentAsByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException("reading " + file, e);
        }
    }

    /** Returns the content for a request: compressed if its client accepts that. */
    Resource answer(HttpServletRequest request) {
        if (plain.length < MIN_BYTES || !acceptsGzip(request)) {
            return this;
        }
        Resource answer = compressed;
        if (answer == null) {
            answer = compress();
        }
        return answer;
    }

    /** Compresses the content, unless another thread has. */
    private synchronized Resource compress() {
        Resource answer = compressed;
        if (answer == null) {
            answer = new Compressed(this, gzip(plain));
            compressed = answer;
        }
        return answer;
    }

    private static byte[] gzip(byte[] content) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(content.length / 3);
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            out.write(content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static boolean acceptsGzip(HttpServletRequest request) {
        String accepted = request.getHeader(HttpHeaders.ACCEPT_ENCODING);
        if (accepted == null) {
            return false;
        }
        try {
            return AcceptEncoding.parse(new StringReader(accepted)).stream()
                    .anyMatch(each -> each.getEncoding().equals("gzip") && each.getQuality() > 0);
        } catch (IOException | RuntimeException _) {
            return false; // not a valid header
        }
    }

    /** The compressed content, with the headers that say so. */
    private static final class Compressed extends TransformedResource implements HttpResource {
        private final HttpHeaders headers = new HttpHeaders();

        Compressed(Resource file, byte[] content) {
            super(file, content);
            headers.add(HttpHeaders.CONTENT_ENCODING, "gzip");
            headers.add(HttpHeaders.VARY, HttpHeaders.ACCEPT_ENCODING);
        }

        @Override
        public HttpHeaders getResponseHeaders() {
            return headers;
        }
    }
}
