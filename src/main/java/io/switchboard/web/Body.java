package io.switchboard.web;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.Set;
import java.util.TreeSet;
import org.springframework.http.HttpStatus;
import org.springframework.util.unit.DataSize;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads the body of a request, whatever type it is said to have. */
final class Body {
    /** Longest body. */
    static final DataSize LIMIT = DataSize.ofMegabytes(1);

    /** Nothing here is an object in an object in an object: more is meant to exhaust a stack. */
    static final int DEEPEST = 16;

    private static final JsonMapper JSON =
            JsonMapper.builder(
                            JsonFactory.builder()
                                    .streamReadConstraints(
                                            StreamReadConstraints.builder()
                                                    .maxNestingDepth(DEEPEST)
                                                    .build())
                                    .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .build();

    private Body() {}

    /**
     * @throws ApiProblem 400, it breaks off; 413, it is longer than {@link #LIMIT}
     */
    static byte[] read(HttpServletRequest request) throws IOException {
        int most = (int) LIMIT.toBytes();
        long length = request.getContentLengthLong();
        if (length > most) {
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
        byte[] body = request.getInputStream().readNBytes(most + 1);
        if (body.length > most) {
            throw tooLarge("more than " + most + " bytes");
        }
        return body;
    }

    /**
     * A body that is one JSON object.
     *
     * @param fields all that it may have
     * @throws ApiProblem as {@link #read}, and 400 for what is no such object
     */
    static JsonNode object(HttpServletRequest request, Set<String> fields) throws IOException {
        JsonNode body = json(read(request));
        if (!body.isObject()) {
            throw ApiProblem.badRequest("the body is not a JSON object");
        }
        for (String field : body.propertyNames()) {
            if (!fields.contains(field)) {
                throw ApiProblem.badRequest(
                        "unknown field '"
                                + field
                                + "': known are "
                                + String.join(", ", new TreeSet<>(fields)));
            }
        }
        return body;
    }

    private static JsonNode json(byte[] body) {
        try {
            return JSON.readTree(body);
        } catch (StreamConstraintsException e) {
            throw ApiProblem.badRequest(
                    "the body's JSON is nested deeper than "
                            + DEEPEST
                            + ", or has a number or a name that is too long: "
                            + e.getOriginalMessage());
        } catch (JacksonException e) {
            throw ApiProblem.badRequest("the body is not JSON: " + e.getOriginalMessage());
        }
    }

    static ApiProblem tooLarge(String size) {
        return new ApiProblem(
                HttpStatus.CONTENT_TOO_LARGE,
                "too_large",
                "the body has " + size + ": it takes " + LIMIT.toBytes());
    }
}
