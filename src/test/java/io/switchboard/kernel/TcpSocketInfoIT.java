package io.switchboard.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.testkit.Child;
import io.switchboard.testkit.Programs;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import tools.jackson.databind.JsonNode;

/** Compares the values read from sock_diag with the output of ss(8). */
@WithService
class TcpSocketInfoIT {
    @Autowired private RunningService service;

    @Test
    void agreesWithSs() throws Exception {
        Programs.require("ss", "iproute2");
        try (RawClient client = service.connect()) {
            String id = service.api().idOf(client);
            for (int i = 0; i < 10; i++) {
                service.api().post("/send?wait=acked&to=" + id, "line " + i);
            }
            JsonNode socket = service.api().peer(id).get("socket");
            String ss = ss(client.port());
            assertThat(number(ss, "ino:(\\d+)")).isEqualTo(socket.get("inode").asLong());
            assertThat(number(ss, "fd=(\\d+)")).isEqualTo(socket.get("fileno").asLong());
            assertThat(number(ss, "cwnd:(\\d+)"))
                    .isEqualTo(socket.get("congestionWindow").asLong());
            assertThat(number(ss, "mss:(\\d+)")).isEqualTo(socket.get("mss").asLong());
            assertThat(number(ss, "bytes_acked:(\\d+)"))
                    .isEqualTo(socket.get("ackedBytes").asLong());
            assertThat(text(ss, "rtt:([\\d.]+)/")).isEqualTo(plain(socket.get("rtt").asDouble()));
            assertThat(text(ss, "rtt:[\\d.]+/([\\d.]+)"))
                    .isEqualTo(plain(socket.get("rttVariance").asDouble()));
            // ss prints bits per second
            assertThat(number(ss, "delivery_rate (\\d+)bps"))
                    .isEqualTo(socket.get("deliveryRate").asLong() * Byte.SIZE);
        }
    }

    private String ss(int clientPort) throws Exception {
        String filter = "sport = :" + service.port() + " and dport = :" + clientPort;
        try (Child ss = Child.start("ss", "-tinpeH", filter)) {
            assertThat(ss.awaitExit()).isZero();
            assertThat(ss.output().lines()).as(ss.output()).hasSizeGreaterThanOrEqualTo(1);
            return ss.output();
        }
    }

    private static long number(String text, String pattern) {
        return Long.parseLong(text(text, pattern));
    }

    private static String text(String text, String pattern) {
        Matcher found = Pattern.compile("[\\s(,]" + pattern).matcher(text);
        assertThat(found.find()).as("%s in %s", pattern, text).isTrue();
        return found.group(1);
    }

    /** Returns the value as printf's %g writes it. */
    private static String plain(double value) {
        String text = Double.toString(value);
        return text.endsWith(".0") ? List.of(text.split("\\.", -1)).getFirst() : text;
    }
}
