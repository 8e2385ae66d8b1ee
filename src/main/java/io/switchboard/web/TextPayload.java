package io.switchboard.web;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.switchboard.inbound.Utf8;
import java.util.Optional;
import org.springframework.http.HttpStatus;

/** Text of a JSON string as it goes to a peer. */
final class TextPayload {
    private TextPayload() {}

    /**
     * The text in UTF-8.
     *
     * @param field that holds it
     * @throws ApiProblem 422, UTF-8 cannot encode it
     */
    static byte[] bytes(String field, String text) {
        Optional<String> objection = Utf8.objection(text);
        if (objection.isPresent()) {
            throw new ApiProblem(
                    HttpStatus.UNPROCESSABLE_CONTENT,
                    "bad_payload",
                    field + " has " + objection.get());
        }
        return text.getBytes(UTF_8);
    }
}
