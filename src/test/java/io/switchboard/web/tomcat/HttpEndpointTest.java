package io.switchboard.web.tomcat;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tomcat over this endpoint, with a servlet that tells who answered. */
class HttpEndpointTest {
    private static final int SEVERAL = 8;
    private static final int ROUNDS = 200;
    private static final int TIMEOUT_MILLIS = 20_000;

    @TempDir Path directory;

    private final RequestThreads threads = new RequestThreads();
    private final List<Socket> clients = new ArrayList<>();
    private final Tomcat tomcat = new Tomcat();
    private final Answering servlet = new Answering();

    /** Answers with the query, as often as it says, and counts who did. */
    private final class Answering extends HttpServlet {
        private static final long serialVersionUID = 1;

        private final transient ConcurrentMap<String, AtomicInteger> byPoller =
                new ConcurrentHashMap<>();
        private final transient ConcurrentMap<String, AtomicInteger> byOthers =
                new ConcurrentHashMap<>();

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response)
                throws IOException {
            String of = request.getMethod() + request.getRequestURI();
            count(threads.mayWait() ? byOthers : byPoller, of).incrementAndGet();
            request.getInputStream().readAllBytes();
            byte[] line = (request.getQueryString() + "\n").getBytes(ISO_8859_1);
            byte[] answer = new byte[Math.ceilDiv(1000, line.length) * line.length];
            for (int i = 0; i < answer.length; i++) {
                answer[i] = line[i % line.length];
            }
            response.setContentLength(answer.length);
            response.getOutputStream().write(answer);
        }

        int byPoller(String of) {
            return count(byPoller, of).get();
        }

        int byOthers(String of) {
            return count(byOthers, of).get();
        }

        private AtomicInteger count(ConcurrentMap<String, AtomicInteger> counts, String of) {
            return counts.computeIfAbsent(of, _ -> new AtomicInteger());
        }
    }

    private void start(boolean fewProcessors) throws Exception {
        HttpProtocol protocol = new HttpProtocol(fewProcessors);
        protocol.setExecutor(threads);
        protocol.setMaxKeepAliveRequests(-1);
        protocol.setAddress(InetAddress.getLoopbackAddress());
        protocol.setProperty("socket.txBufSize", "4096");
        Connector connector = new Connector(protocol);
        connector.setPort(0);
        tomcat.setBaseDir(directory.toString());
        tomcat.setConnector(connector);
        Tomcat.addServlet(tomcat.addContext("", directory.toString()), "answering", servlet)
                .addMapping("/*");
        tomcat.start();
    }

    @AfterEach
    void stop() throws Exception {
        for (Socket client : clients) {
            client.close();
        }
        tomcat.stop();
        tomcat.destroy();
        threads.stop();
    }

    private Socket connect() throws IOException {
        Socket client = new Socket();
        client.setReceiveBufferSize(4096);
        client.setSoTimeout(TIMEOUT_MILLIS);
        client.setTcpNoDelay(true);
        client.connect(
                new InetSocketAddress(
                        InetAddress.getLoopbackAddress(), tomcat.getConnector().getLocalPort()));
        clients.add(client);
        return client;
    }

    private List<Socket> connectSeveral() throws IOException {
        List<Socket> several = new ArrayList<>();
        for (int i = 0; i < SEVERAL; i++) {
            several.add(connect());
        }
        return several;
    }

    private static String request(String method, String path, String query) {
        return method
                + " "
                + path
                + "?"
                + query
                + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello";
    }

    private static void write(Socket to, String text) throws IOException {
        to.getOutputStream().write(text.getBytes(ISO_8859_1));
    }

    /** The body of the next answer, which says how long it is. */
    private static String read(Socket from) throws IOException {
        InputStream in = from.getInputStream();
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(ISO_8859_1).endsWith("\r\n\r\n")) {
            int b = in.read();
            if (b < 0) {
                throw new EOFException("after " + head.toString(ISO_8859_1));
            }
            head.write(b);
        }
        String lines = head.toString(ISO_8859_1);
        assertThat(lines).startsWith("HTTP/1.1 200");
        int length =
                Integer.parseInt(
                        lines.lines()
                                .filter(line -> line.startsWith("Content-Length: "))
                                .findFirst()
                                .orElseThrow()
                                .substring("Content-Length: ".length()));
        return new String(in.readNBytes(length), ISO_8859_1);
    }

    private static void assertAnswers(Socket client, String query) throws IOException {
        assertThat(read(client).lines()).isNotEmpty().containsOnly(query);
    }

    /** All of them ask, then all of them read: so several are there at a time. */
    private static void askTogether(List<Socket> several, String method, String path)
            throws IOException {
        for (int round = 0; round < ROUNDS; round++) {
            for (int i = 0; i < several.size(); i++) {
                write(several.get(i), request(method, path, round + "x" + i));
            }
            for (int i = 0; i < several.size(); i++) {
                assertAnswers(several.get(i), round + "x" + i);
            }
        }
    }

    @Test
    void thePollerAnswersSeveralAtATimeItself() throws Exception {
        start(true);
        askTogether(connectSeveral(), "POST", "/send");
        assertThat(servlet.byPoller("POST/send")).isGreaterThan(ROUNDS);
    }

    @Test
    void aRequestThatComesAloneIsHandedOver() throws Exception {
        start(true);
        Socket client = connect();
        for (int i = 0; i < ROUNDS; i++) {
            write(client, request("POST", "/send", "alone"));
            assertAnswers(client, "alone");
        }
        assertThat(servlet.byOthers("POST/send")).isEqualTo(ROUNDS);
    }

    @Test
    void whatMayTakeLongerIsHandedOver() throws Exception {
        start(true);
        List<Socket> several = connectSeveral();
        askTogether(several, "GET", "/send");
        askTogether(several, "POST", "/sent");
        assertThat(servlet.byPoller("GET/send")).isZero();
        assertThat(servlet.byPoller("POST/sent")).isZero();
        assertThat(servlet.byOthers("GET/send")).isEqualTo(SEVERAL * ROUNDS);
    }

    /** Its rest may come in a minute: the poller would wait. */
    @Test
    void whatIsNotThereAsAWholeIsHandedOver() throws Exception {
        start(true);
        List<Socket> several = connectSeveral();
        Socket slow = connect();
        for (int round = 0; round < ROUNDS; round++) {
            String all = request("POST", "/send", "slow");
            write(slow, all.substring(0, 1 + round % (all.length() - 1)));
            for (Socket client : several) {
                write(client, request("POST", "/send", "fast"));
            }
            for (Socket client : several) {
                assertAnswers(client, "fast");
            }
            write(slow, all.substring(1 + round % (all.length() - 1)));
            assertAnswers(slow, "slow");
        }
        assertThat(servlet.byPoller("POST/send")).isGreaterThan(ROUNDS);
    }

    @Test
    void requestsInOneWriteAreAnsweredInOrder() throws Exception {
        start(true);
        List<Socket> several = connectSeveral();
        for (int round = 0; round < ROUNDS; round++) {
            for (Socket client : several) {
                write(
                        client,
                        request("POST", "/send", "first")
                                + request("GET", "/second", "second")
                                + request("POST", "/send", "third"));
            }
            for (Socket client : several) {
                assertAnswers(client, "first");
                assertAnswers(client, "second");
                assertAnswers(client, "third");
            }
        }
        assertThat(servlet.byPoller("GET/second")).isZero();
    }

    /** It fills its connection with answers: others get theirs, and it gets all when it reads. */
    @Test
    void aClientThatDoesNotReadItsAnswersKeepsNobodyWaiting() throws Exception {
        start(true);
        List<Socket> several = connectSeveral();
        Socket deaf = connect();
        int asked = 0;
        int stuck = 0;
        while (stuck < 5) {
            int before = servlet.byPoller("POST/send") + servlet.byOthers("POST/send");
            write(deaf, request("POST", "/send", "deaf" + asked));
            asked++;
            askTogether(several.subList(0, 4), "POST", "/sent");
            for (int i = 0; i < SEVERAL; i++) {
                write(several.get(i), request("POST", "/send", "fast"));
            }
            for (int i = 0; i < SEVERAL; i++) {
                assertAnswers(several.get(i), "fast");
            }
            int after = servlet.byPoller("POST/send") + servlet.byOthers("POST/send");
            stuck += after == before + SEVERAL ? 1 : 0;
        }
        for (int i = 0; i < asked; i++) {
            assertAnswers(deaf, "deaf" + i);
        }
        write(deaf, request("POST", "/send", "again"));
        assertAnswers(deaf, "again");
    }

    @Test
    void aClientThatLeavesTakesNobodyAlong() throws Exception {
        start(true);
        List<Socket> several = connectSeveral();
        for (int round = 0; round < ROUNDS; round++) {
            Socket leaving = connect();
            write(leaving, request("POST", "/send", "leaving"));
            for (Socket client : several) {
                write(client, request("POST", "/send", "staying"));
            }
            if (round % 2 == 0) {
                leaving.setSoLinger(true, 0); // RST instead of FIN
            }
            leaving.close();
            for (Socket client : several) {
                assertAnswers(client, "staying");
            }
        }
        await().atMost(Duration.ofSeconds(10)).until(() -> servlet.byPoller("POST/send") > ROUNDS);
    }

    @Test
    void withManyProcessorsAllAreHandedOver() throws Exception {
        start(false);
        askTogether(connectSeveral(), "POST", "/send");
        assertThat(servlet.byPoller("POST/send")).isZero();
    }
}
