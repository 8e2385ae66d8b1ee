package io.switchboard.http.peers;

import io.switchboard.query.PeerService;

/**
 * Prints each message as {@code hexdump -C} prints a file, for people who look for single bytes.
 */
final class HexDump {
    private static final int BYTES_PER_LINE = 16;
    private static final int HALF_LINE = BYTES_PER_LINE / 2;

    private HexDump() {}

    static String of(PeerService.Messages page) {
        StringBuilder text = new StringBuilder();
        if (page.missed() > 0) {
            text.append("(%d earlier messages are no longer kept)\n".formatted(page.missed()));
        }
        for (PeerService.Message message : page.messages()) {
            byte[] payload = message.payload();
            text.append(
                    "#%d  %s  %d bytes%s\n"
                            .formatted(
                                    message.seq(),
                                    message.at(),
                                    payload.length,
                                    message.incomplete() ? ", not complete" : ""));
            for (int at = 0; at < payload.length; at += BYTES_PER_LINE) {
                line(text, payload, at);
            }
        }
        return text.toString();
    }

    private static void line(StringBuilder text, byte[] payload, int from) {
        int to = Math.min(from + BYTES_PER_LINE, payload.length);
        text.append("%08x ".formatted(from));
        for (int at = from; at < from + BYTES_PER_LINE; at++) {
            text.append(at == from + HALF_LINE ? "  " : " ");
            text.append(at < to ? "%02x".formatted(payload[at]) : "  ");
        }
        text.append("  |");
        for (int at = from; at < to; at++) {
            text.append(payload[at] >= ' ' && payload[at] < 0x7F ? (char) payload[at] : '.');
        }
        text.append("|\n");
    }
}
