package io.switchboard.web;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.springframework.http.HttpStatus;

/** Text of a JSON string as it goes to a peer. */
final class TextPayload {
    private TextPayload() {}

    /**
     * The text in UTF-8. JSON can spell half a character, such as <code>"&#92;ud800"</code>, which
     * UTF-8 cannot: {@link String#getBytes} would send {@code ?} for it.
     *
     * @param field that holds it
     * @throws ApiProblem 422, there is such a half
     */
    static byte[] bytes(String field, String text) {
        int half = half(text);
        if (half >= 0) {
            throw new ApiProblem(
                    HttpStatus.UNPROCESSABLE_CONTENT,
                    "bad_payload",
                    "%s has \\u%04x at character %d, half of a surrogate pair, which no UTF-8 can carry: spell both halves, or send bytes as hex or base64"
                            .formatted(field, (int) text.charAt(half), half + 1));
        }
        return text.getBytes(UTF_8);
    }

    /** Where the first surrogate stands alone; -1 without one. */
    private static int half(String text) {
        for (int at = 0; at < text.length(); at++) {
            if (Character.isSurrogate(text.charAt(at))) {
                if (!Character.isSupplementaryCodePoint(text.codePointAt(at))) {
                    return at;
                }
                at++;
            }
        }
        return -1;
    }
}
