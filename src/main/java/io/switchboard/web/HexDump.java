package io.switchboard.web;

import io.switchboard.query.PeerService;

/** Messages for people who look for a byte: as {@code hexdump -C} shows a file, each on its own. */
final class HexDump {
    private static final int WIDTH = 16;
    private static final int HALF = WIDTH / 2;

    private HexDump() {}

    static String of(PeerService.Messages page) {
        StringBuilder text = new StringBuilder();
        if (page.missed() > 0) {
            text.append("(%d messages before these are forgotten)\n".formatted(page.missed()));
        }
        for (PeerService.Message message : page.messages()) {
            byte[] payload = message.payload();
            text.append(
                    "#%d  %s  %d bytes\n".formatted(message.seq(), message.at(), payload.length));
            for (int at = 0; at < payload.length; at += WIDTH) {
                line(text, payload, at);
            }
        }
        return text.toString();
    }

    private static void line(StringBuilder text, byte[] payload, int from) {
        int to = Math.min(from + WIDTH, payload.length);
        text.append("%08x ".formatted(from));
        for (int at = from; at < from + WIDTH; at++) {
            text.append(at == from + HALF ? "  " : " ");
            text.append(at < to ? "%02x".formatted(payload[at]) : "  ");
        }
        text.append("  |");
        for (int at = from; at < to; at++) {
            text.append(payload[at] >= ' ' && payload[at] < 0x7F ? (char) payload[at] : '.');
        }
        text.append("|\n");
    }
}
