package io.switchboard.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.ChaosProxy;
import io.switchboard.testkit.Child;
import io.switchboard.testkit.Fault;
import io.switchboard.testkit.Programs;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.Sample;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Runs the samples that use the HTTP API, with peers that the tests connect. */
final class BackEndSamples {
    private static final int MORE_THAN_A_PAGE = 1_003;

    private final RunningService service;
    private final Api api;
    private final String url;

    BackEndSamples(RunningService service) {
        this.service = service;
        this.api = service.api();
        this.url = "http://127.0.0.1:" + api.port();
    }

    /** Returns the output of a process after it has exited with 0. */
    private static String output(Child child) throws Exception {
        assertThat(child.awaitExit()).as(child.output()).isZero();
        return child.output();
    }

    void listsEveryPage() throws Exception {
        List<RawClient> crowd = new ArrayList<>();
        try {
            for (int count = 0; count < MORE_THAN_A_PAGE; count++) {
                crowd.add(service.connect());
            }
            api.awaitTotal(MORE_THAN_A_PAGE);
            crowd.getFirst().send("hello\n");
            String id = api.idOf(crowd.getFirst());
            await().until(() -> !api.peer(id).get("lastReceivedAt").isNull());
            try (Child child = Sample.start("python3", "backends/peers.py", url)) {
                List<String> lines = output(child).lines().toList();
                assertThat(lines).hasSize(MORE_THAN_A_PAGE).doesNotHaveDuplicates();
                String first = id + " - 127.0.0.1:" + crowd.getFirst().port() + " ";
                assertThat(lines).anyMatch(line -> line.startsWith(first) && line.endsWith("Z"));
            }
        } finally {
            for (RawClient client : crowd) {
                client.close();
            }
        }
    }

    void sends() throws Exception {
        try (RawClient first = service.connect();
                RawClient second = service.connect()) {
            String id = api.idOf(first);
            api.idOf(second);
            try (Child child = Sample.start("python3", "backends/send.py", "all", "hi", url)) {
                assertThat(output(child).lines()).hasSize(2).anyMatch(line -> line.startsWith(id));
            }
            assertThat(first.readLine()).isEqualTo("hi");
            assertThat(second.readLine()).isEqualTo("hi");
        }
        try (Child child = Sample.start("python3", "backends/send.py", "truck-7", "hi", url)) {
            assertThat(child.awaitExit()).isOne();
            assertThat(child.output()).startsWith("no peer 'truck-7'");
        }
    }

    void sendsEveryLine() throws Exception {
        Programs.require("curl", "curl");
        Programs.require("jq", "jq");
        try (RawClient client = service.connect()) {
            api.idOf(client);
            try (Child child = Sample.start("bash", "backends/push.sh", "all", url)) {
                child.type("one\n");
                child.type("two \"quoted\"\n");
                assertThat(client.readLine()).isEqualTo("one");
                assertThat(client.readLine()).isEqualTo("two \"quoted\"");
                child.endInput();
                assertThat(output(child)).contains("{\"line\":2,\"status\":200,");
            }
        }
    }

    void requestsAReply() throws Exception {
        try (RawClient client = service.connect()) {
            String id = api.idOf(client);
            try (Child child =
                    Sample.start("python3", "backends/ask.py", id, "temperature?", url)) {
                assertThat(client.readLine()).isEqualTo("temperature?");
                client.send("21.5\n");
                assertThat(output(child)).isEqualTo("21.5\n");
            }
        }
        try (Child child = Sample.start("python3", "backends/ask.py", "plc-1", "and?", url)) {
            assertThat(child.awaitExit()).isOne();
            assertThat(child.output()).startsWith("no peer 'plc-1'");
        }
    }

    void requestsRepliesFromAll() throws Exception {
        try (RawClient first = service.connect();
                RawClient second = service.connect()) {
            api.idOf(first);
            api.idOf(second);
            try (Child child = Sample.start(Sample.JAVA, "backends/Ask.java", "well?", url)) {
                assertThat(first.readLine()).isEqualTo("well?");
                assertThat(second.readLine()).isEqualTo("well?");
                first.send("fine\n");
                second.send("so so\n");
                assertThat(output(child))
                        .startsWith("200 ")
                        .contains("\"reply\":\"fine\"", "\"reply\":\"so so\"");
            }
        }
    }

    /**
     * The connection is reset in the middle of events. The sample prints each event once and in
     * order.
     */
    void followsEventsOverLostConnections() throws Exception {
        int count = 30;
        List<Fault> faults =
                List.of(new Fault.Reset(1_500), new Fault.Reset(2_047), new Fault.Pass());
        try (ChaosProxy proxy = new ChaosProxy(api.port(), faults);
                Child child =
                        Sample.start(
                                "python3",
                                "backends/events.py",
                                "http://127.0.0.1:" + proxy.port());
                RawClient client = connectAfterSubscription()) {
            String id = api.idOf(client);
            for (int number = 1; number <= count; number++) {
                client.send(number + "\n");
            }
            child.awaitOutput("message " + id + " " + count + "\n");
            assertThat(child.output().lines().filter(line -> line.startsWith("message " + id)))
                    .containsExactlyElementsOf(
                            IntStream.rangeClosed(1, count)
                                    .mapToObj(number -> "message " + id + " " + number)
                                    .toList());
            assertThat(child.output().lines().filter(line -> line.startsWith("again"))).hasSize(2);
        }
    }

    void chats() throws Exception {
        try (Child child = Sample.start("node", "backends/chat.mjs", url);
                RawClient ann = connectAfterSubscription()) {
            String id = api.idOf(ann);
            assertThat(ann.readLine()).isEqualTo("welcome, you are " + id);
            try (RawClient bob = service.connect()) {
                assertThat(bob.readLine()).startsWith("welcome, you are ");
                ann.send("hello bob\n");
                assertThat(bob.readLine()).isEqualTo(id + ": hello bob");
                bob.send("hello ann\n");
                assertThat(ann.readLine()).endsWith(": hello ann");
            }
            assertThat(child.isAlive()).isTrue();
        }
    }

    private RawClient connectAfterSubscription() throws IOException {
        await().until(() -> api.metric("switchboard_event_subscribers") > 0);
        return service.connect();
    }
}
