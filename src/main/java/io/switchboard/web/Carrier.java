package io.switchboard.web;

import io.switchboard.cluster.Cluster;
import io.switchboard.cluster.Node;
import io.switchboard.cluster.RpcFailure;
import io.switchboard.cluster.RpcHandler;
import io.switchboard.cluster.RpcMethod;
import io.switchboard.cluster.RpcResult;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.concurrent.ExecutionException;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/** Has another node answer a request, and answers those that other nodes send. */
@Component
final class Carrier implements RpcHandler<byte[], byte[]> {
    static final RpcMethod<byte[], byte[]> METHOD =
            new RpcMethod<>("http", byte[].class, byte[].class);
    private static final JsonMapper JSON = JsonMapper.shared();

    private final Cluster nodes;
    private final InProcess inProcess;

    Carrier(Cluster nodes, InProcess inProcess) {
        this.nodes = nodes;
        this.inProcess = inProcess;
    }

    @Override
    public RpcMethod<byte[], byte[]> method() {
        return METHOD;
    }

    @Override
    public byte[] handle(byte[] request, long askedAt) {
        CarriedRequest asked = JSON.readValue(request, CarriedRequest.class);
        return JSON.writeValueAsBytes(inProcess.answer(asked));
    }

    /**
     * What that node answers.
     *
     * @throws ApiProblem it does not
     */
    CarriedAnswer ask(Node node, CarriedRequest request) {
        return JSON.readValue(
                given(node, nodes.call(node, METHOD, JSON.writeValueAsBytes(request))),
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
    static byte[] given(Node node, java.util.concurrent.Future<RpcResult<byte[]>> asked) {
        String who = "node '" + node.label() + "' (" + node.id() + ")";
        return switch (await(asked)) {
            case RpcResult.Answered<byte[]>(byte[] bytes) -> bytes;
            case RpcResult.Failed<byte[]>(RpcFailure failure) ->
                    throw switch (failure) {
                        case LOST -> ApiProblem.ownerLost(who);
                        case SILENT -> ApiProblem.noAnswer(who);
                        case UNAVAILABLE -> ApiProblem.busUnavailable("this");
                        case BUSY, UNSUPPORTED -> ApiProblem.nodeBusy(who);
                        case FAULTY ->
                                new ApiProblem(
                                        HttpStatus.BAD_GATEWAY,
                                        "node_failed",
                                        who + " failed at it; its log says why");
                    };
        };
    }

    /** The answer, which always comes. */
    static RpcResult<byte[]> await(java.util.concurrent.Future<RpcResult<byte[]>> asked) {
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
