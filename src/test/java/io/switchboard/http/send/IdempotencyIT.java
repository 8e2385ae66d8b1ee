package io.switchboard.http.send;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

/** A repeated request with the same Idempotency-Key gets the first answer and sends nothing. */
@WithService
class IdempotencyIT {
    @Autowired private RunningService service;

    @Test
    void theSameKeySendsOnce() throws Exception {
        try (RawClient client = service.connect()) {
            String path = "/send?to=" + service.api().idOf(client);
            Api.Answer first = post("k1", path, "once");
            assertThat(first.status()).isEqualTo(200);
            assertThat(post("k1", path, "once").body()).isEqualTo(first.body());
            assertThat(post("k2", path, "then").status()).isEqualTo(200);
            assertThat(client.readLine()).isEqualTo("once");
            assertThat(client.readLine()).isEqualTo("then");
        }
    }

    /** Race: many requests with one key arrive at the same time. */
    @Test
    void simultaneousRequestsWithOneKeySendOnce() throws Exception {
        try (RawClient client = service.connect()) {
            String path = "/send?to=" + service.api().idOf(client);
            List<CompletableFuture<Api.Answer>> answers = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                answers.add(CompletableFuture.supplyAsync(() -> post("race", path, "once")));
            }
            assertThat(answers)
                    .extracting(CompletableFuture::join)
                    .extracting(Api.Answer::body)
                    .containsOnly(answers.getFirst().join().body());
            assertThat(post("after", path, "end").status()).isEqualTo(200);
            assertThat(client.readLine()).isEqualTo("once");
            assertThat(client.readLine()).isEqualTo("end");
        }
    }

    @Test
    void aDifferentMessageWithTheSameKeyIsRefused() throws Exception {
        try (RawClient client = service.connect()) {
            String path = "/send?to=" + service.api().idOf(client);
            post("k3", path, "one");
            Api.Answer other = post("k3", path, "two");
            assertThat(other.status()).isEqualTo(422);
            assertThat(other.json().get("reason").asString()).isEqualTo("idempotency_key_reused");
        }
    }

    @Test
    void aRequestThatSentNothingCanBeRepeated() throws Exception {
        assertThat(post("k4", "/send?to=all&require=true", "x").status()).isEqualTo(404);
        try (RawClient client = service.connect()) {
            service.api().idOf(client);
            assertThat(post("k4", "/send?to=all&require=true", "x").status()).isEqualTo(200);
            assertThat(client.readLine()).isEqualTo("x");
        }
    }

    @Test
    void aKeyThatIsTooLongIsRefused() {
        assertThat(post("k".repeat(256), "/send?to=all", "x").status()).isEqualTo(400);
    }

    private Api.Answer post(String key, String path, String body) {
        Api api = service.api();
        return api.answer(
                api.request(path)
                        .header("Idempotency-Key", key)
                        .POST(BodyPublishers.ofString(body)));
    }
}
