package io.switchboard.web;

import static io.switchboard.Promise.demand;

import com.sun.management.ThreadMXBean;
import io.switchboard.FuzzTarget;
import io.switchboard.Reached;
import io.switchboard.delivery.Send;
import io.switchboard.delivery.Target;
import io.switchboard.framing.Framing;
import io.switchboard.peer.FakeLink;
import io.switchboard.peer.Listener;
import io.switchboard.peer.Names;
import io.switchboard.peer.Peer;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.query.CloseService;
import io.switchboard.query.DialService;
import io.switchboard.query.QueryFixtures;
import io.switchboard.query.Refusal;
import io.switchboard.query.Refusal.RefusedException;
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
 * What the API makes of any body that is said to be JSON: a request that says what the body says,
 * or a problem of the client's that can be told in JSON.
 */
public final class JsonFuzz implements FuzzTarget {
    /** The system property that says whether Jazzer's hooks are there. */
    public static final String HOOKS = "fuzz.hooks";

    private static final JsonMapper PLAIN =
            JsonMapper.builder(
                            JsonFactory.builder()
                                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                                    .build())
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .build();

    private static final RequestBinder BINDER =
            new RequestBinder(Validation.buildDefaultValidatorFactory().getValidator());

    /** Bytes that a body may cost besides so many times its own length. */
    private static final long FLAT_COST = 1L << 20;

    /**
     * Jazzer's hooks copy both texts of every comparison, some KB for each element of a list, and
     * that cannot be told from what the code costs: what they have tried is tried once more
     * without.
     */
    private static final int COST_PER_BYTE = Boolean.getBoolean(HOOKS) ? 2048 : 256;

    /** Of a batch: each is answered, if need be with a problem, and is looked at here as well. */
    private static final int COST_PER_LINE = 16 * 1024;

    /** One route. */
    interface Route {
        /**
         * Reads the body, and holds it against what a plain parser makes of it.
         *
         * @throws ApiProblem it is refused
         */
        void take(byte[] body) throws IOException;
    }

    private final Route route;
    private final int costPerLine;
    private final Reached reached = new Reached(List.of("taken", "refused"));
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
        long most = FLAT_COST + (long) COST_PER_BYTE * bytes.length + costOfLines(bytes);
        // the first time classes are loaded, and instrumented
        if (cost(bytes) > most) {
            long cost = cost(bytes);
            demand(cost <= most, "{} bytes cost {}", bytes.length, cost);
        }
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
            route.take(bytes);
            reached.add("taken", 1);
        } catch (ApiProblem problem) {
            reached.add("refused", 1);
            canBeTold(problem);
        } catch (RefusedException e) {
            reached.add("refused", 1);
            canBeTold(ApiProblem.of(e.refusal()));
        }
        return threads.getCurrentThreadAllocatedBytes() - before;
    }

    private static void canBeTold(ApiProblem problem) {
        HttpStatusCode status = problem.getStatusCode();
        demand(status.is4xxClientError(), "{}: {}", status, problem.getBody().getDetail());
        JsonNode told = PLAIN.readTree(PLAIN.writeValueAsBytes(problem.getBody()));
        demand(told.get("detail").isString(), "there is no detail in {}", told);
    }

    /** {@code POST /send}, as one document and as lines of a batch. */
    public static JsonFuzz send() {
        ReportJson results = new ReportJson(new JsonMapper());
        return new JsonFuzz(
                body -> {
                    lines(body, results);
                    Send send = new SendForm().readJson(body);
                    JsonNode plain = PLAIN.readTree(body);
                    demand(plain.isObject(), "{} is no object", plain);
                    demand(send.to().size() == many(plain.get("to")), "other targets: {}", plain);
                    demand(!send.timeout().isNegative(), "it takes {}", send.timeout());
                    Framing framing = send.framing();
                    demand(
                            framing == null || Framing.of(framing.word()).equals(framing),
                            "{}",
                            framing);
                    for (Target target : send.to()) {
                        canBeTold(ApiProblem.of(Refusal.unknownPeer(target.toString()).refusal()));
                    }
                    demand(send.payload().length <= body.length, "a payload came of nothing");
                },
                COST_PER_LINE);
    }

    private static int many(JsonNode targets) {
        return targets.isArray() ? targets.size() : 1;
    }

    /** Each line is one result of one line, whatever is in it. */
    private static void lines(byte[] body, ReportJson results) throws IOException {
        int longest = 200;
        InputStream in = new ByteArrayInputStream(body);
        SendController.BoundedLines lines = new SendController.BoundedLines(in, longest);
        int from = 0;
        for (SendController.BoundedLines.Line line = lines.next();
                line != null;
                line = lines.next()) {
            int to = from;
            while (to < body.length && body[to] != '\n') {
                to++;
            }
            byte[] whole = Arrays.copyOfRange(body, from, to);
            demand(line.length() == whole.length, "line {} has another length", line.number());
            demand(
                    Arrays.equals(line.bytes(), Arrays.copyOf(whole, Math.min(to - from, longest))),
                    "line {} is another",
                    line.number());
            from = to + 1;
            try {
                new SendForm().readJson(line.bytes());
            } catch (ApiProblem problem) {
                canBeTold(problem);
                byte[] result = results.line(line.number(), problem);
                int end = result.length - 1;
                demand(result[end] == '\n', "a result is no line");
                for (int at = 0; at < end; at++) {
                    demand(result[at] >= ' ' || result[at] < 0, "a result is several lines");
                }
            }
        }
        demand(from >= body.length, "it ended at byte {}", from);
    }

    /** {@code POST /peers}. */
    public static JsonFuzz dial() {
        QueryFixtures services =
                new QueryFixtures(PeerFixtures.registry(), PeerFixtures.listener("default"));
        DialController controller = new DialController(services.dials(), services.calls());
        return new JsonFuzz(
                body -> {
                    DialController.Dial dial = BINDER.body(body, DialController.Dial.class);
                    try {
                        controller.dial(dial);
                    } catch (RefusedException e) {
                        if (e.refusal().reason() != Refusal.Reason.SHUTTING_DOWN) {
                            throw e;
                        }
                    }
                    DialService.Request asked = dial.toRequest();
                    JsonNode plain = plain(body);
                    demand(asked.host().equals(plain.get("host").stringValue()), "another host");
                    demand(asked.port() > 0 && asked.port() < 65_536, "port {}", asked.port());
                    demand(asked.timeout().isPositive(), "it takes {}", asked.timeout());
                },
                0);
    }

    /** {@code PATCH /peers/{peer}}. */
    public static JsonFuzz patch() {
        PeerRegistry registry = PeerFixtures.registry();
        Listener listener = PeerFixtures.listener("default");
        PeerSession session = registry.open(listener, new FakeLink());
        PeersController controller = controller(new QueryFixtures(registry, listener));
        String id = session.id().toString();
        return new JsonFuzz(
                body -> {
                    controller.change(id, BINDER.body(body, PeersController.Change.class));
                    plain(body);
                    String name = session.name();
                    demand(
                            name == null || Names.objectionToName(name).isEmpty(),
                            "it is called {}",
                            name);
                    demand(
                            session.groups().stream()
                                    .allMatch(each -> Names.objectionToGroup(each).isEmpty()),
                            "its groups are {}",
                            session.groups());
                },
                0);
    }

    /** {@code POST /peers/close}: each closes what is there, and somebody else connects. */
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
                            controller.close(BINDER.body(body, PeersController.CloseMany.class));
                    plain(body);
                    demand(
                            closed.matched() == closed.closed() + closed.failed(),
                            "it does not add up: {}",
                            closed);
                    List<Peer> gone = registry.recentlyClosed();
                    if (!gone.isEmpty()) {
                        PLAIN.writeValueAsBytes(told(gone.getLast()));
                    }
                },
                0);
    }

    private static PeersController controller(QueryFixtures services) {
        return new PeersController(
                services.lists(), services.peers(), services.closes(), services.groups());
    }

    private static Map<String, String> told(Peer peer) {
        String detail = peer.closeDetail();
        return detail == null ? Map.of() : Map.of("closeDetail", detail);
    }

    /** Returns what a plain parser makes of a body that was accepted. */
    private static JsonNode plain(byte[] body) {
        try {
            return PLAIN.readTree(body);
        } catch (JacksonException e) {
            throw new AssertionError("what is no JSON was taken", e);
        }
    }
}
