package io.switchboard.http.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;

/** {@code POST /framings/try}. */
@WithService
class FramingTrialIT {
    private final Api api;

    FramingTrialIT(@Autowired RunningService service) {
        this.api = service.api();
    }

    private Api.Answer trial(String body) {
        return api.postJson("/framings/try", body);
    }

    @Test
    void answersWithFramesNoiseAndRest() {
        Api.Answer answer =
                trial(
                        "{\"framing\":\"delimiter:#,start=*\",\"hex\":\"0d:0a 2A 6f6b 23\\n2aff232a\"}");
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        assertThat(answer.body().replace("\n", ""))
                .isEqualTo(
                        "{\"framing\":\"delimiter:#,start=*\",\"frames\":["
                                + "{\"offset\":2,\"length\":3,\"hex\":\"2a6f6b\",\"text\":\"*ok\"},"
                                + "{\"offset\":6,\"length\":2,\"hex\":\"2aff\"}],"
                                + "\"noise\":[{\"offset\":0,\"hex\":\"0d0a\"}],"
                                + "\"rest\":\"2a\",\"fault\":null}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "{\"framing\":\"lines\",\"hex\":\"00\"}; framing='lines': ",
                "{\"framing\":\"line\",\"hex\":\"0\"}; hex='0': it takes two hex digits",
                "{\"framing\":\"line\",\"hex\":\"0x\"}; hex='0x': it takes two hex digits",
                "{\"framing\":\"line\"}; 'hex' is missing: it takes the stream in hex digits",
                "{\"hex\":\"00\"}; 'framing' is missing: it takes a framing, such as line"
            })
    void refusesWhatItCannotTry(String body, String detail) {
        Api.Answer answer = trial(body);
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.json().get("detail").asString()).startsWith(detail);
    }

    @Test
    void takesTheLongestFrameAndNoMore() {
        String longest = "61".repeat(65_535) + "0a";
        Api.Answer answer = trial("{\"framing\":\"line\",\"hex\":\"" + longest + "\"}");
        assertThat(answer.json().get("frames").get(0).get("length").asInt()).isEqualTo(65_535);
        assertThat(trial("{\"framing\":\"line\",\"hex\":\"" + longest + "0a\"}").status())
                .isEqualTo(400);
    }
}
