package io.switchboard.webhook;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpStatus;
import org.apache.hc.core5.http.MessageConstraintException;
import org.apache.hc.core5.http.io.HttpMessageParser;
import org.apache.hc.core5.http.io.SessionInputBuffer;

/**
 * Reads the heads of the responses of one connection. The head of a response and those of its
 * interim responses (1xx) have a limit for all of them together: the HTTP client waits for a final
 * response however many interim ones it gets.
 */
final class BoundedResponseParser implements HttpMessageParser<ClassicHttpResponse> {
    static final int MAX_BYTES = 32 * 1024;

    private final HttpMessageParser<ClassicHttpResponse> parser;

    /** The bytes that were read for the heads since the last final response. */
    private int received;

    BoundedResponseParser(HttpMessageParser<ClassicHttpResponse> parser) {
        this.parser = parser;
    }

    @Override
    public ClassicHttpResponse parse(SessionInputBuffer buffer, InputStream in)
            throws IOException, HttpException {
        ClassicHttpResponse response = parser.parse(buffer, new Bounded(in));
        if (response != null && response.getCode() >= HttpStatus.SC_SUCCESS) {
            received = 0;
        }
        return response;
    }

    /** Fills the buffer of the connection, which may exceed the limit by its size. */
    private final class Bounded extends FilterInputStream {
        Bounded(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            check();
            int value = super.read();
            received++;
            return value;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            check();
            int count = super.read(bytes, offset, length);
            received += Math.max(count, 0);
            return count;
        }

        private void check() throws MessageConstraintException {
            if (received >= MAX_BYTES) {
                throw new MessageConstraintException(
                        "the headers of the response exceed %d bytes".formatted(MAX_BYTES));
            }
        }
    }
}
