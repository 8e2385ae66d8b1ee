package io.switchboard.receive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.TestPropertySource;

/** Names, replies and keys of frames that are not text. */
@WithService
@TestPropertySource(
        properties = {
            "switchboard.listeners.modbus.port=0",
            "switchboard.listeners.modbus.framing=length:2,offset=4",
            "switchboard.listeners.modbus.correlate=(?s)^(..)",
            "switchboard.listeners.gt06.port=0",
            "switchboard.listeners.gt06.framing="
                    + "length:1,offset=2,adjust=2,start=0x7878,keep"
                    + " or length:2,offset=2,adjust=2,start=0x7979,keep",
            "switchboard.listeners.gt06.identify.view=hex",
            "switchboard.listeners.gt06.identify.pattern=^7878..010(?<name>\\\\d{15})",
            "switchboard.listeners.teltonika.port=0",
            "switchboard.listeners.teltonika.framing=length:2",
            "switchboard.listeners.teltonika.identify.pattern=^(?<name>\\\\d{15})$",
            "switchboard.listeners.teltonika.identify.reply=hex:01",
            "switchboard.listeners.teltonika.identify.reply-framing=raw",
        })
class BinaryFramesIT {
    private static final HexFormat HEX = HexFormat.of();
    private static final String READ_REGISTER = "0000" + "0006" + "010300000001";

    private final RunningService service;
    private final Api api;

    BinaryFramesIT(@Autowired RunningService service) {
        this.service = service;
        this.api = service.api();
    }

    @BeforeEach
    void nobodyIsConnected() {
        api.awaitTotal(0);
    }

    /** Asks for a register; {@code id} is the transaction id, in hex. */
    private CompletableFuture<Api.Answer> ask(RawClient device, String id, String timeout) {
        return api.postAsync(
                "/send?wait=reply&timeout=%s&to=%s".formatted(timeout, api.idOf(device)),
                HEX.parseHex(id + "0000" + "010300000001"));
    }

    private static void assertAsked(RawClient device, String id) throws Exception {
        assertThat(HEX.formatHex(device.read(12))).isEqualTo(id + READ_REGISTER);
    }

    /** Answers with the id as the value of the register. */
    private static void answer(RawClient device, String id) throws Exception {
        device.send(HEX.parseHex(id + "0000" + "0005" + "010302" + id));
    }

    private static void assertAnswered(CompletableFuture<Api.Answer> question, String id)
            throws Exception {
        Api.Answer answer = question.get();
        assertThat(answer.status()).isEqualTo(200);
        byte[] reply = HEX.parseHex(id + "0000" + "010302" + id);
        assertThat(answer.body())
                .contains("\"replyBase64\":\"" + Base64.getEncoder().encodeToString(reply) + "\"");
    }

    @Test
    void aLateAnswerIsNotTheAnswerToTheNextQuestion() throws Exception {
        try (RawClient device = RawClient.connect(service.port("modbus"))) {
            CompletableFuture<Api.Answer> late = ask(device, "0081", "300ms");
            assertAsked(device, "0081");
            assertThat(late.get().status()).isEqualTo(504);
            String previous = "0081";
            for (String id : List.of("0082", "0083", "0084", "0085")) {
                CompletableFuture<Api.Answer> question = ask(device, id, "20s");
                assertAsked(device, id);
                if (previous.equals("0081")) {
                    answer(device, previous);
                }
                answer(device, id);
                assertAnswered(question, id);
                previous = id;
            }
        }
    }

    @Test
    void aLateAnswerIsNotTheAnswerToAQuestionWithTheSameKey() throws Exception {
        try (RawClient device = RawClient.connect(service.port("modbus"))) {
            CompletableFuture<Api.Answer> late = ask(device, "0081", "1s");
            assertAsked(device, "0081");
            assertThat(late.get().status()).isEqualTo(504);
            CompletableFuture<Api.Answer> again = ask(device, "0081", "20s");
            answer(device, "0081");
            assertAsked(device, "0081");
            assertThat(again).isNotDone();
            answer(device, "0081");
            assertAnswered(again, "0081");
        }
    }

    @Test
    void questionsWhoseIdsAreNotUtf8AreUnderWayAtTheSameTime() throws Exception {
        try (RawClient device = RawClient.connect(service.port("modbus"))) {
            CompletableFuture<Api.Answer> one = ask(device, "80c1", "20s");
            assertAsked(device, "80c1");
            CompletableFuture<Api.Answer> two = ask(device, "80c2", "20s");
            assertAsked(device, "80c2");
            answer(device, "80c2");
            assertAnswered(two, "80c2");
            assertThat(one).isNotDone();
            answer(device, "80c1");
            assertAnswered(one, "80c1");
        }
    }

    @Test
    void theNameIsFoundInBcd() throws Exception {
        try (RawClient tracker = RawClient.connect(service.port("gt06"))) {
            tracker.send(HEX.parseHex("78781101035933907501680736081001000112340d0a"));
            api.awaitOpen("359339075016807");
        }
    }

    @Test
    void theReplyHasItsOwnFraming() throws Exception {
        try (RawClient tracker = RawClient.connect(service.port("teltonika"))) {
            tracker.send("\0\u000f356307042441013");
            assertThat(tracker.read(1)).containsExactly(1);
            api.post("/send?to=356307042441013", "x");
            assertThat(tracker.read(3)).as("nothing else precedes").containsExactly(0, 1, 'x');
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'length:1,offset=2,start=0x7878', does not begin with the start 0x7878",
        "'delimiter:#,start=*', does not begin with the start",
        "'delimiter:#,start=0x61,keep', is not a complete frame",
        "length:ascii, can be sent only with keep",
        "'length:2,mask=0x7fff', can be sent only with keep",
        "'length:1,unit=2', can be sent only with keep",
        "json, does not begin with the start",
        "'fixed:1,start=a', but a frame has 1 bytes"
    })
    void refusesToSendWhatIsNoFrame(String framing, String reason) throws Exception {
        try (RawClient client = RawClient.connect(service.port("modbus"))) {
            Api.Answer answer =
                    api.post(
                            "/send?to=%s&framing=%s"
                                    .formatted(
                                            api.idOf(client),
                                            URLEncoder.encode(framing, StandardCharsets.UTF_8)),
                            "abc");
            assertThat(answer.status()).as(answer.body()).isEqualTo(422);
            assertThat(answer.body()).contains(reason);
        }
    }

    @Test
    void bytesThatBelongToNoFrameAreCounted() throws Exception {
        List<String> sent = new ArrayList<>(List.of("abc", "78780101", "0d0a", "ffff"));
        String meter = "switchboard_noise_bytes_total{listener=\"gt06\"}";
        double before = api.metric(meter);
        try (RawClient tracker = RawClient.connect(service.port("gt06"))) {
            tracker.send(sent.removeFirst());
            for (String hex : sent) {
                tracker.send(HEX.parseHex(hex));
            }
            await().untilAsserted(() -> assertThat(api.metric(meter) - before).isEqualTo(5));
        }
    }
}
