package io.switchboard.http;

import static io.switchboard.testkit.Promise.demand;

import com.sun.management.ThreadMXBean;
import io.switchboard.delivery.Send;
import io.switchboard.delivery.Target;
import io.switchboard.framing.Framing;
import io.switchboard.fuzz.FuzzTarget;
import io.switchboard.http.access.Client;
import io.switchboard.http.peers.DialController;
import io.switchboard.http.peers.PeersController;
import io.switchboard.http.problem.ApiProblem;
import io.switchboard.http.send.ReportJson;
import io.switchboard.http.send.SendForm;
import io.switchboard.http.send.SendServlet;
import io.switchboard.peer.FakeLink;
import io.switchboard.peer.Listener;
import io.switchboard.peer.Names;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.PeerSnapshot;
import io.switchboard.peer.Reach;
import io.switchboard.query.CloseService;
import io.switchboard.query.DialService;
import io.switchboard.query.QueryFixtures;
import io.switchboard.query.Rejection;
import io.switchboard.query.Rejection.RefusedException;
import io.switchboard.testkit.Reached;
import jakarta.validation.Validation;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.springframework.http.HttpStatusCode;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Fuzz target for the JSON bodies of the API. A body must become either a request with the values
 * that a plain JSON parser finds in it, or a problem with a 4xx status that can be written as JSON.
 * Its cost in memory is bounded.
 */
public final class JsonFuzz implements FuzzTarget {
    /** The system property that is true if Jazzer's hooks are installed. */
    public static final String HOOKS = "fuzz.hooks";

    private static final JsonMapper PLAIN =
            JsonMapper.builder(
                            JsonFactory.builder()
                                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                                    .build())
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .build();

    private static final RequestBinder BINDER =
            new RequestBinder(
                    Validation.buildDefaultValidatorFactory().getValidator(), HttpFixtures.BODY);

    /**
     * The bytes that a body may allocate in addition to {@link #COST_PER_BYTE} times its length.
     */
    private static final long FLAT_COST = 1L << 20;

    /**
     * The bytes that a body may allocate per byte of its own. Jazzer's hooks copy both texts of
     * every comparison, some KB for each element of a list, which cannot be separated from the cost
     * of the code. Inputs that Jazzer found are therefore executed once more without hooks.
     */
    private static final int COST_PER_BYTE = Boolean.getBoolean(HOOKS) ? 2048 : 256;

    /**
     * The bytes that a line of a batch may allocate: it is answered, and this class checks it too.
     */
    private static final int COST_PER_LINE = 16 * 1024;

    /** The cost of an input is the cost of the cheapest of this number of executions. */
    private static final int EXECUTIONS = 5;

    /** The code that handles the bodies of one endpoint. */
    interface Route {
        /**
         * Handles the body and compares the result with that of a plain parser.
         *
         * @throws ApiProblem the body is refused
         */
        void handle(byte[] body) throws IOException;
    }

    private final Route route;
    private final int costPerLine;
    private final Reached reached = new Reached(List.of("accepted", "refused"));
    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private JsonFuzz(Route route, int costPerLine) {
        this.route = route;
        this.costPerLine = costPerLine;
    }

    @Override
    public Map<String, Long> reached() {
        return reached.counts();
    }

    @Override
    public void input(byte[] bytes) throws IOException {
        long limit = FLAT_COST + (long) COST_PER_BYTE * bytes.length + costOfLines(bytes);
        // the first executions may load and instrument classes, each of them others
        long cost = cost(bytes);
        for (int i = 1; i < EXECUTIONS && cost > limit; i++) {
            cost = cost(bytes);
        }
        demand(cost <= limit, "{} bytes cost {}", bytes.length, cost);
    }

    private long costOfLines(byte[] bytes) {
        long lines = 0;
        for (byte each : bytes) {
            lines += each == '\n' ? 1 : 0;
        }
        return lines * costPerLine;
    }

    private long cost(byte[] bytes) throws IOException {
        long before = threads.getCurrentThreadAllocatedBytes();
        try {
            route.handle(bytes);
            reached.add("accepted", 1);
        } catch (ApiProblem problem) {
            reached.add("refused", 1);
            checkPrintable(problem);
        } catch (RefusedException e) {
            reached.add("refused", 1);
            checkPrintable(ApiProblem.of(e.refusal()));
        }
        return threads.getCurrentThreadAllocatedBytes() - before;
    }

    private static void checkPrintable(ApiProblem problem) {
        HttpStatusCode status = problem.getStatusCode();
        demand(status.is4xxClientError(), "{}: {}", status, problem.getBody().getDetail());
        JsonNode printed = PLAIN.readTree(PLAIN.writeValueAsBytes(problem.getBody()));
        demand(printed.get("detail").isString(), "there is no detail in {}", printed);
    }

    /** Returns the target for {@code POST /send}, with the body as one document and as a batch. */
    public static JsonFuzz send() {
        ReportJson results = new ReportJson(new JsonMapper());
        return new JsonFuzz(
                body -> {
                    checkBatch(body, results);
                    Send send = new SendForm(Reach.ALL).readJson(body);
                    JsonNode plain = PLAIN.readTree(body);
                    demand(plain.isObject(), "{} is no object", plain);
                    demand(send.to().size() == count(plain.get("to")), "other targets: {}", plain);
                    demand(!send.timeout().isNegative(), "it takes {}", send.timeout());
                    Framing framing = send.framing();
                    demand(
                            framing == null || Framing.of(framing.word()).equals(framing),
                            "{}",
                            framing);
                    for (Target target : send.to()) {
                        checkPrintable(
                                ApiProblem.of(Rejection.unknownPeer(target.toString()).refusal()));
                    }
                    demand(
                            send.payload().length <= body.length,
                            "the payload is longer than the body");
                },
                COST_PER_LINE);
    }

    private static int count(JsonNode targets) {
        return targets.isArray() ? targets.size() : 1;
    }

    /** Checks that the result of each line of a batch is one line, whatever the line contains. */
    private static void checkBatch(byte[] body, ReportJson results) throws IOException {
        int limit = 200;
        InputStream in = new ByteArrayInputStream(body);
        SendServlet.BoundedLines lines =
                new SendServlet.BoundedLines(
                        in, limit, HttpFixtures.BUDGET.reservation(), new CostlyTurns.Reading());
        int from = 0;
        for (SendServlet.BoundedLines.Line line = lines.next(); line != null; line = lines.next()) {
            int to = from;
            while (to < body.length && body[to] != '\n') {
                to++;
            }
            byte[] whole = Arrays.copyOfRange(body, from, to);
            demand(line.length() == whole.length, "line {} has a wrong length", line.number());
            demand(
                    Arrays.equals(line.bytes(), Arrays.copyOf(whole, Math.min(to - from, limit))),
                    "line {} has wrong bytes",
                    line.number());
            from = to + 1;
            try {
                new SendForm(Reach.ALL).readJson(line.bytes());
            } catch (ApiProblem problem) {
                checkPrintable(problem);
                byte[] result = results.line(line.number(), problem);
                int end = result.length - 1;
                demand(result[end] == '\n', "a result does not end with a newline");
                for (int at = 0; at < end; at++) {
                    demand(result[at] >= ' ' || result[at] < 0, "a result is several lines");
                }
            }
        }
        demand(from >= body.length, "it ended at byte {}", from);
    }

    /** Returns the target for {@code POST /peers}. */
    public static JsonFuzz dial() {
        QueryFixtures services =
                new QueryFixtures(PeerFixtures.registry(), PeerFixtures.listener("default"));
        DialController controller = new DialController(services.dials(), services.calls());
        return new JsonFuzz(
                body -> {
                    DialController.Dial dial = BINDER.body(body, DialController.Dial.class);
                    try {
                        controller.dial(dial, Client.LOCAL);
                    } catch (RefusedException e) {
                        if (e.refusal().reason() != Rejection.Reason.SHUTTING_DOWN) {
                            throw e;
                        }
                    }
                    DialService.Request request = dial.toRequest(Reach.ALL);
                    JsonNode plain = plain(body);
                    demand(request.host().equals(plain.get("host").stringValue()), "another host");
                    demand(
                            request.port() > 0 && request.port() < 65_536,
                            "port {}",
                            request.port());
                    demand(request.timeout().isPositive(), "it takes {}", request.timeout());
                },
                0);
    }

    /** Returns the target for {@code PATCH /peers/{peer}}. */
    public static JsonFuzz patch() {
        PeerRegistry registry = PeerFixtures.registry();
        Listener listener = PeerFixtures.listener("default");
        PeerSession session = registry.open(listener, new FakeLink());
        PeersController controller = controller(new QueryFixtures(registry, listener));
        String id = session.id().toString();
        return new JsonFuzz(
                body -> {
                    controller.change(
                            id, BINDER.body(body, PeersController.Change.class), Client.LOCAL);
                    plain(body);
                    String name = session.name();
                    demand(name == null || Names.nameError(name).isEmpty(), "its name is {}", name);
                    demand(
                            session.groups().stream()
                                    .allMatch(each -> Names.groupError(each).isEmpty()),
                            "its groups are {}",
                            session.groups());
                },
                0);
    }

    /** Returns the target for {@code POST /peers/close}. A peer is connected before each body. */
    public static JsonFuzz close() {
        PeerRegistry registry = PeerFixtures.registry();
        Listener listener = PeerFixtures.listener("default");
        PeersController controller = controller(new QueryFixtures(registry, listener));
        return new JsonFuzz(
                body -> {
                    if (registry.sessions().isEmpty()) {
                        registry.open(listener, new FakeLink());
                    }
                    CloseService.Closed closed =
                            controller.close(
                                    BINDER.body(body, PeersController.CloseMany.class),
                                    Client.LOCAL);
                    plain(body);
                    demand(
                            closed.matched() == closed.closed() + closed.failed(),
                            "it does not add up: {}",
                            closed);
                    List<PeerSnapshot> recentlyClosed = registry.recentlyClosed();
                    if (!recentlyClosed.isEmpty()) {
                        PLAIN.writeValueAsBytes(closeDetail(recentlyClosed.getLast()));
                    }
                },
                0);
    }

    private static PeersController controller(QueryFixtures services) {
        return new PeersController(
                services.lists(),
                services.peers(),
                services.closes(),
                services.groups(),
                HttpFixtures.answers(64 * 1024 * 1024));
    }

    private static Map<String, String> closeDetail(PeerSnapshot peer) {
        String detail = peer.closeDetail();
        return detail == null ? Map.of() : Map.of("closeDetail", detail);
    }

    /** Returns the JSON of a body that was accepted. */
    private static JsonNode plain(byte[] body) {
        try {
            return PLAIN.readTree(body);
        } catch (JacksonException e) {
            throw new AssertionError("a body that is not JSON was accepted", e);
        }
    }
}
