package io.switchboard.web;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import org.springframework.http.HttpStatus;

/** Reads the body of a request, whatever type it is said to have. */
final class Body {
    /** Longest body, in bytes. */
    static final int LIMIT = 1024 * 1024;

    /** Nothing here is an object in an object in an object: more is meant to exhaust a stack. */
    static final int DEEPEST = 16;

    private Body() {}

    /**
     * @throws ApiProblem 400, it breaks off; 413, it is longer than {@link #LIMIT}
     */
    static byte[] read(HttpServletRequest request) throws IOException {
        long length = request.getContentLengthLong();
        if (length > LIMIT) {
            throw tooLarge(length + " bytes");
        }
        if (length >= 0) {
            // readNBytes(int) would begin with a chunk of 16 KB
            byte[] body = new byte[(int) length];
            int count = request.getInputStream().readNBytes(body, 0, body.length);
            if (count < length) {
                throw ApiProblem.badRequest(
                        "the body ended after " + count + " of " + length + " bytes");
            }
            return body;
        }
        byte[] body = request.getInputStream().readNBytes(LIMIT + 1);
        if (body.length > LIMIT) {
            throw tooLarge("more than " + LIMIT + " bytes");
        }
        return body;
    }

    static ApiProblem tooLarge(String size) {
        String detail = "the body has " + size + ": it takes " + LIMIT;
        return new ApiProblem(HttpStatus.CONTENT_TOO_LARGE, "too_large", detail);
    }
}
