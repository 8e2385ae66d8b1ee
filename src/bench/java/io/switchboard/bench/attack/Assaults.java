package io.switchboard.bench.attack;

import io.switchboard.bench.attack.Crowd.Conduct;
import io.switchboard.bench.attack.Crowd.Ending;
import java.time.Duration;
import java.util.function.ToIntFunction;

/** What the attacker does in each {@link Attack}. */
final class Assaults {
    private static final Duration STAY = Duration.ofSeconds(5);
    private static final Duration TIME = Duration.ofSeconds(6);
    private static final Duration LONGER_THAN_WRITE_DEADLINE = Duration.ofSeconds(12);

    private static final int ANNOUNCED_BODY = 1024 * 1024;
    private static final int UNFINISHED_FRAME = 65_500;

    private Assaults() {}

    static Assault of(Attack attack) {
        return switch (attack) {
            case NONE -> stay(Target::tcpPort, "", 0, 1);
            case FRAMES_3000 -> stay(Target::tcpPort, "x".repeat(UNFINISHED_FRAME), 3_000, 1_500);
            case FRAMES_10000 -> stay(Target::tcpPort, "x".repeat(UNFINISHED_FRAME), 10_000, 2_500);
            case HTTP_BYTE -> stay(Target::httpPort, "G", 8_192, 2_000);
            case BODIES -> stay(Target::httpPort, announcedBody(), 400, 400);
            case BACKTRACKING -> new Lines("a".repeat(1_016), 10, 100, TIME);
            case TLS_HELLO -> new ClientHellos(15_000, 1_500);
            case TLS_HELLO_FAST -> new ClientHellos(38_000, 3_800);
            case TLS_KEY_UPDATES -> new Rehandshakes(10, "TLSv1.3", TIME);
            case TLS_RENEGOTIATIONS -> new Rehandshakes(10, "TLSv1.2", TIME);
            case EMPTY_LINES_30 ->
                    new CrowdAssault(
                            Target::tcpPort,
                            new Conduct("\n".repeat(65_536), true, true, Ending.HOLD),
                            30,
                            1_000,
                            TIME);
            case EMPTY_LINES_300 -> stay(Target::tcpPort, "\n".repeat(65_536), 300, 30_000);
            case CONNECTS -> reset("", 70_000, 10_000);
            case CONNECTS_60K -> reset("x".repeat(60_000), 84_000, 8_400);
            case SUBSCRIBERS -> new SilentSubscribers(1_000, LONGER_THAN_WRITE_DEADLINE, "/events");
            case PATHS ->
                    new SilentSubscribers(
                            300, LONGER_THAN_WRITE_DEADLINE, "/events;x", "//events", "/%65vents");
            case CALLERS_100 -> new ReplyCallers(100, TIME);
            case CALLERS_1000 -> new ReplyCallers(1_000, TIME);
            case CALLERS_5000 -> new ReplyCallers(5_000, TIME);
            case REQUESTS_50 -> new SerialRequests(50, TIME);
            case PIPELINES_12 ->
                    new CrowdAssault(
                            Target::httpPort,
                            new Conduct(pipeline(), true, true, Ending.HOLD),
                            12,
                            1_000,
                            TIME);
            case DESCRIPTORS -> stay(Target::httpPort, "", 400, 400);
            case UDP -> new SpoofedDatagrams(40_000, TIME);
        };
    }

    private static String pipeline() {
        return "GET /actuator/health HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(100);
    }

    private static String announcedBody() {
        return "POST /send?to=all HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
                + ANNOUNCED_BODY
                + "\r\n\r\n";
    }

    /** Returns connections that send {@code data} and then nothing more. */
    private static Assault stay(ToIntFunction<Target> port, String data, int count, int perSecond) {
        return new CrowdAssault(
                port, new Conduct(data, false, true, Ending.HOLD), count, perSecond, STAY);
    }

    /** Returns connections that send {@code data} and are reset at once. */
    private static Assault reset(String data, int count, int perSecond) {
        return new CrowdAssault(
                Target::tcpPort,
                new Conduct(data, false, true, Ending.RESET),
                count,
                perSecond,
                Duration.ZERO);
    }
}
