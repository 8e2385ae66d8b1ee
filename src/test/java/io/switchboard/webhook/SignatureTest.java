package io.switchboard.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SignatureTest {

    /** {@code printf '1763817443.{"seq":1}' | openssl dgst -sha256 -hmac s3cret}. */
    @Test
    void equalsTheHmacThatOpensslComputes() {
        assertThat(
                        HttpWebhookClient.signature(
                                "s3cret", "{\"seq\":1}".getBytes(UTF_8), 1_763_817_443))
                .isEqualTo(
                        "t=1763817443,v1=456e1db0ae96b3ee20ac03903575a41ce4aa3d894b0244d74b31796aa33155dc");
    }
}
