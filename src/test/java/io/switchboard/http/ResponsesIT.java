package io.switchboard.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import tools.jackson.databind.json.JsonMapper;

/** Compression, links to the next page, and the hint of a send that matched nobody. */
@WithService
class ResponsesIT {
    @Autowired private RunningService service;

    private HttpResponse<byte[]> gzip(HttpRequest.Builder request) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                    request.header("Accept-Encoding", "gzip").build(), BodyHandlers.ofByteArray());
        }
    }

    @Test
    void compressesALargeAnswer() throws Exception {
        for (String path :
                List.of(
                        "/openapi.json",
                        "/actuator/prometheus",
                        "/ui/peers.js",
                        "/webjars/swagger-ui/swagger-ui.css",
                        "/docs/api")) {
            HttpResponse<byte[]> answer = gzip(service.api().request(path));
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.headers().firstValue("Content-Encoding")).as(path).hasValue("gzip");
            assertThat(answer.headers().allValues("Vary"))
                    .anyMatch("accept-encoding"::equalsIgnoreCase);
            byte[] plain =
                    new GZIPInputStream(new ByteArrayInputStream(answer.body())).readAllBytes();
            assertThat(plain).hasSizeGreaterThan(2 * answer.body().length);
            assertThat(service.api().get(path).headers().firstValue("Content-Encoding")).isEmpty();
        }
    }

    @Test
    void doesNotCompressASendOrABatch() throws Exception {
        HttpRequest.Builder send = service.api().request("/send?to=all");
        assertThat(gzip(send.POST(BodyPublishers.ofString("x"))).headers().map())
                .doesNotContainKey("Content-Encoding");
        String lines = "{\"to\":\"all\",\"text\":\"x\"}\n".repeat(100);
        HttpRequest.Builder batch =
                service.api().request("/send").header("Content-Type", "application/x-ndjson");
        HttpResponse<byte[]> answer = gzip(batch.POST(BodyPublishers.ofString(lines)));
        assertThat(answer.body()).hasSizeGreaterThan(2048);
        assertThat(answer.headers().map()).doesNotContainKey("Content-Encoding");
    }

    @Test
    void eachPageLinksToTheNextOne() throws Exception {
        List<RawClient> clients = new ArrayList<>();
        try {
            Set<String> ids = new HashSet<>();
            for (int i = 0; i < 5; i++) {
                RawClient client = RawClient.connect(service.port());
                clients.add(client);
                ids.add(service.api().idOf(client));
            }
            Set<String> seen = new HashSet<>();
            URI page = URI.create("/peers?limit=2&listener=default");
            for (int pages = 1; ; pages++) {
                Api.Answer answer = service.api().get(page.toString());
                assertThat(answer.status()).as(answer.body()).isEqualTo(200);
                answer.json().get("peers").forEach(peer -> seen.add(peer.get("id").asString()));
                List<String> links = answer.headers().allValues("Link");
                if (links.isEmpty()) {
                    assertThat(answer.json().get("next").isNull()).isTrue();
                    assertThat(pages).isGreaterThanOrEqualTo(3);
                    break;
                }
                assertThat(links).singleElement().asString().endsWith(">; rel=\"next\"");
                page = URI.create("/peers" + links.getFirst().replaceAll("^<|>.*", ""));
            }
            assertThat(seen).containsAll(ids);
        } finally {
            for (RawClient client : clients) {
                client.close();
            }
        }
    }

    @Test
    void aSendToAMisspelledGroupNamesTheSimilarOne() throws IOException {
        try (RawClient client = RawClient.connect(service.port())) {
            String id = service.api().idOf(client);
            service.api().put("/groups/pumps/peers/" + id);
            Api.Answer answer = service.api().post("/send?to=group:pump", "x");
            assertThat(answer.json().get("matched").asInt()).isZero();
            assertThat(answer.json().get("hint").asString())
                    .isEqualTo("no peer is in group:pump; did you mean group:pumps?");
            assertThat(service.api().post("/send?to=group:other", "x").json().has("hint"))
                    .isFalse();
            Api.Answer batch =
                    service.api()
                            .post(
                                    "/send",
                                    "application/x-ndjson",
                                    BodyPublishers.ofString(
                                            "{\"to\":\"group:Pumps\",\"text\":\"x\"}\n"));
            assertThat(JsonMapper.shared().readTree(batch.body()).get("hint").asString())
                    .contains("group:pumps");
        }
    }
}
