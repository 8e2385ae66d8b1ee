package io.switchboard.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.switchboard.client.MessagesApi;
import io.switchboard.client.PeersApi;
import io.switchboard.client.SendApi;
import io.switchboard.client.model.Messages;
import io.switchboard.client.model.Peer;
import io.switchboard.client.model.PeerPage;
import io.switchboard.client.model.PeerPatch;
import io.switchboard.client.model.Problem;
import io.switchboard.client.model.Report;
import io.switchboard.client.model.Result;
import io.switchboard.client.model.SendRequest;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.http.ResponseEntity;
import org.springframework.http.converter.json.JacksonJsonHttpMessageConverter;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestClientResponseException;
import org.springframework.web.client.support.RestClientAdapter;
import org.springframework.web.service.invoker.HttpServiceProxyFactory;
import tools.jackson.databind.json.JsonMapper;

/** Calls the service with the client that a generator makes from the OpenAPI document. */
@WithService
class GeneratedClientIT {
    @Autowired private RunningService service;
    private HttpServiceProxyFactory clients;

    @BeforeEach
    void createClients() {
        JsonMapper mapper =
                JsonMapper.builder()
                        // omits fields that were not set
                        .changeDefaultPropertyInclusion(
                                each -> each.withValueInclusion(JsonInclude.Include.NON_NULL))
                        .build();
        RestClient http =
                RestClient.builder()
                        .baseUrl("http://127.0.0.1:" + service.api().port())
                        .configureMessageConverters(
                                each ->
                                        each.registerDefaults()
                                                .withJsonConverter(
                                                        new JacksonJsonHttpMessageConverter(
                                                                mapper)))
                        .build();
        clients = HttpServiceProxyFactory.builderFor(RestClientAdapter.create(http)).build();
    }

    @Test
    void listsRenamesSendsReadsAndCloses() throws Exception {
        PeersApi peers = clients.createClient(PeersApi.class);
        try (RawClient client = service.connect()) {
            client.send("hello\n");
            String id = service.api().idOf(client);

            PeerPage page =
                    body(
                            peers.listPeers(
                                    "open", null, null, null, "tcp", null, null, 10, null, true));
            assertThat(page.getPeers()).extracting(Peer::getId).contains(id);
            Peer named = body(peers.patchPeer(id, new PeerPatch().name("till-3")));
            assertThat(named.getName()).isEqualTo("till-3");
            assertThat(named.getPeername().getPort()).isEqualTo(client.port());
            assertThat(named.getState()).isEqualTo(Peer.StateEnum.OPEN);

            Report report = send(new SendRequest().to(List.of("till-3")).text("status?"));
            assertThat(report.getWritten()).isEqualTo(1);
            assertThat(report.getResults())
                    .extracting(Result::getStatus)
                    .containsExactly(Result.StatusEnum.WRITTEN);
            assertThat(client.readLine()).isEqualTo("status?");

            Messages received =
                    body(
                            clients.createClient(MessagesApi.class)
                                    .readMessages(
                                            "till-3", 0L, 10, "5s", "json", "received", false));
            assertThat(received.getMessages().getFirst().getText()).isEqualTo("hello");

            assertThat(peers.closePeer("till-3", "maintenance", "bye").getStatusCode().value())
                    .isEqualTo(204);
            assertThat(client.readToEnd()).isEqualTo("bye\n");
            assertThat(body(peers.getPeer(id)).getCloseReason())
                    .isEqualTo(Peer.CloseReasonEnum.KICKED);
        }
    }

    @Test
    void parsesAProblem() {
        RestClientResponseException refused =
                catchThrowableOfType(
                        RestClientResponseException.class,
                        () -> send(new SendRequest().to("nobody").text("hello")));
        Problem problem = Objects.requireNonNull(refused.getResponseBodyAs(Problem.class));
        assertThat(problem.getStatus()).isEqualTo(404);
        assertThat(problem.getReason()).isEqualTo("unknown");
        assertThat(problem.getDetail()).contains("'nobody'");
    }

    private Report send(SendRequest request) {
        return body(
                clients.createClient(SendApi.class)
                        .send(
                                request, null, null, null, null, null, null, null, null, null, null,
                                null));
    }

    private static <T> T body(ResponseEntity<T> answer) {
        return Objects.requireNonNull(answer.getBody());
    }
}
