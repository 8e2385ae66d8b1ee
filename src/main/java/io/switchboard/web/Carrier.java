package io.switchboard.web;

import io.switchboard.node.Answer;
import io.switchboard.node.Node;
import io.switchboard.node.Nodes;
import io.switchboard.node.Operation;
import io.switchboard.node.Request;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.concurrent.ExecutionException;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/** Has another node answer a request, and answers those that other nodes send. */
@Component
final class Carrier implements Operation {
    private static final String WORD = "http";
    private static final JsonMapper JSON = JsonMapper.shared();

    private final Nodes nodes;
    private final InProcess inProcess;

    Carrier(Nodes nodes, InProcess inProcess) {
        this.nodes = nodes;
        this.inProcess = inProcess;
    }

    @Override
    public String word() {
        return WORD;
    }

    @Override
    public byte[] answer(Request request) {
        CarriedRequest asked = JSON.readValue(request.bytes(), CarriedRequest.class);
        return JSON.writeValueAsBytes(inProcess.answer(asked));
    }

    /**
     * What that node answers.
     *
     * @throws ApiProblem it does not
     */
    CarriedAnswer ask(Node node, CarriedRequest request) {
        return JSON.readValue(
                given(node, nodes.ask(node, WORD, JSON.writeValueAsBytes(request))),
                CarriedAnswer.class);
    }

    /** Answers a client with what another node has answered. */
    static void pass(CarriedAnswer answer, HttpServletResponse response) throws IOException {
        response.setStatus(answer.status());
        answer.headers().forEach(response::setHeader);
        if (answer.body().length > 0) {
            response.setContentLength(answer.body().length);
            response.getOutputStream().write(answer.body());
        }
    }

    /**
     * What a node has answered.
     *
     * @throws ApiProblem it has not
     */
    static byte[] given(Node node, java.util.concurrent.Future<Answer> asked) {
        String who = "node '" + node.label() + "' (" + node.id() + ")";
        return switch (await(asked)) {
            case Answer.Given(byte[] bytes) -> bytes;
            case Answer.Lost _ -> throw ApiProblem.ownerLost(who);
            case Answer.Silent _ -> throw ApiProblem.noAnswer(who);
            case Answer.Unavailable _ -> throw ApiProblem.busUnavailable("this");
            case Answer.Busy _ -> throw ApiProblem.nodeBusy(who);
            case Answer.Faulty _ ->
                    throw new ApiProblem(
                            HttpStatus.BAD_GATEWAY,
                            "node_failed",
                            who + " failed at it; its log says why");
        };
    }

    /** The answer, which always comes. */
    static Answer await(java.util.concurrent.Future<Answer> asked) {
        try {
            return asked.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("an answer is never a failure", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ApiProblem(
                    HttpStatus.SERVICE_UNAVAILABLE, "shutting_down", "the service is stopping");
        }
    }
}
