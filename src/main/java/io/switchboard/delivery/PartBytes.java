package io.switchboard.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.switchboard.cluster.InMemory;
import io.switchboard.framing.Framing;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Parts as the bytes that nodes send to each other: numbers in network order, texts and bytes with
 * their length in front, absent ones with -1 for it.
 */
final class PartBytes {
    private static final int ABSENT = -1;
    private static final byte REPORTED = 0;
    private static final byte REFUSED = 1;

    private PartBytes() {}

    static byte[] of(NodeResult.Asked asked) {
        Send send = asked.send();
        Framing framing = send.framing();
        return InMemory.written(
                out -> {
                    write(out, asked.delivery());
                    write(out, asked.key());
                    write(out, send.to());
                    write(out, send.exclude());
                    write(out, send.payload());
                    write(out, framing == null ? null : framing.word());
                    out.writeBoolean(send.split());
                    write(out, send.until().name());
                    out.writeLong(send.timeout().toMillis());
                    write(out, send.results().name());
                });
    }

    static NodeResult.Asked asked(byte[] bytes) {
        return InMemory.read(
                bytes,
                in -> {
                    String delivery = text(in);
                    String key = textOrNull(in);
                    List<Target> to = targets(in);
                    List<Target> exclude = targets(in);
                    byte[] payload = bytes(in);
                    String framing = textOrNull(in);
                    Send send =
                            new Send(
                                    to,
                                    exclude,
                                    payload,
                                    framing == null ? null : Framing.of(framing),
                                    in.readBoolean(),
                                    Wait.valueOf(text(in)),
                                    Duration.ofMillis(in.readLong()),
                                    Results.valueOf(text(in)));
                    return new NodeResult.Asked(send, delivery, key);
                });
    }

    static byte[] of(NodeResult part) {
        return InMemory.written(
                out -> {
                    switch (part) {
                        case NodeResult.Refused(NodeResult.Why why, String message) -> {
                            out.writeByte(REFUSED);
                            write(out, why.name());
                            write(out, message);
                        }
                        case NodeResult.Reported(DeliveryReport report) -> {
                            out.writeByte(REPORTED);
                            write(out, report);
                        }
                    }
                });
    }

    static NodeResult answer(byte[] bytes) {
        return InMemory.read(
                bytes,
                in ->
                        in.readByte() == REFUSED
                                ? new NodeResult.Refused(NodeResult.Why.valueOf(text(in)), text(in))
                                : new NodeResult.Reported(report(in)));
    }

    private static void write(DataOutputStream out, DeliveryReport report) throws IOException {
        write(out, report.id());
        out.writeInt(report.matched());
        out.writeInt(report.queued());
        out.writeInt(report.written());
        out.writeInt(report.acked());
        out.writeInt(report.replied());
        out.writeInt(report.failed());
        writeResults(out, report.listed());
        writeResults(out, report.absent());
    }

    private static DeliveryReport report(DataInputStream in) throws IOException {
        return DeliveryReport.here(
                text(in),
                in.readInt(),
                in.readInt(),
                in.readInt(),
                in.readInt(),
                in.readInt(),
                in.readInt(),
                results(in),
                results(in));
    }

    private static void writeResults(DataOutputStream out, List<DeliveryReport.Result> results)
            throws IOException {
        out.writeInt(results.size());
        for (DeliveryReport.Result each : results) {
            write(out, each.peer());
            switch (each.outcome()) {
                case Outcome.Queued _ -> out.writeByte('q');
                case Outcome.Written(int written) -> {
                    out.writeByte('w');
                    out.writeInt(written);
                }
                case Outcome.Acked(int acked) -> {
                    out.writeByte('a');
                    out.writeInt(acked);
                }
                case Outcome.Replied(int sent, byte[] reply) -> {
                    out.writeByte('r');
                    out.writeInt(sent);
                    write(out, reply);
                }
                case Outcome.Failed(boolean accepted, String reason) -> {
                    out.writeByte('f');
                    out.writeBoolean(accepted);
                    write(out, reason);
                }
            }
        }
    }

    private static List<DeliveryReport.Result> results(DataInputStream in) throws IOException {
        int count = in.readInt();
        List<DeliveryReport.Result> results = new ArrayList<>();
        for (int at = 0; at < count; at++) {
            String peer = text(in);
            byte kind = in.readByte();
            Outcome outcome =
                    switch (kind) {
                        case 'q' -> new Outcome.Queued();
                        case 'w' -> new Outcome.Written(in.readInt());
                        case 'a' -> new Outcome.Acked(in.readInt());
                        case 'r' -> new Outcome.Replied(in.readInt(), bytes(in));
                        case 'f' -> new Outcome.Failed(in.readBoolean(), text(in));
                        default -> throw new IOException("no outcome is " + kind);
                    };
            results.add(new DeliveryReport.Result(peer, outcome));
        }
        return results;
    }

    private static void write(DataOutputStream out, List<Target> targets) throws IOException {
        out.writeInt(targets.size());
        for (Target each : targets) {
            write(out, each.spelled());
        }
    }

    private static List<Target> targets(DataInputStream in) throws IOException {
        int count = in.readInt();
        List<Target> targets = new ArrayList<>();
        for (int at = 0; at < count; at++) {
            targets.add(Target.parse(text(in)));
        }
        return targets;
    }

    private static void write(DataOutputStream out, @Nullable String text) throws IOException {
        write(out, text == null ? null : text.getBytes(UTF_8));
    }

    private static void write(DataOutputStream out, byte @Nullable [] bytes) throws IOException {
        out.writeInt(bytes == null ? ABSENT : bytes.length);
        if (bytes != null) {
            out.write(bytes);
        }
    }

    private static String text(DataInputStream in) throws IOException {
        return new String(bytes(in), UTF_8);
    }

    private static @Nullable String textOrNull(DataInputStream in) throws IOException {
        int length = in.readInt();
        return length == ABSENT ? null : new String(in.readNBytes(length), UTF_8);
    }

    private static byte[] bytes(DataInputStream in) throws IOException {
        return in.readNBytes(in.readInt());
    }
}
