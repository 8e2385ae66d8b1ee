package io.switchboard.framing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.List;

/** A framing's payloads and frames as Latin-1, so that tests can spell them. */
record Texts(Framing framing) {

    static Texts of(String word) {
        return new Texts(Framing.of(word));
    }

    /** The payloads that are in these bytes. */
    List<String> cut(String stream) {
        return new CutFrames(framing).read(stream).texts();
    }

    String encode(String payload) {
        return new String(framing.encode(bytes(payload)), ISO_8859_1);
    }

    /** Empty where there is none. */
    String objection(String payload) {
        return framing.objection(bytes(payload)).orElse("");
    }

    List<String> split(String payload) {
        return framing.split(bytes(payload)).stream()
                .map(part -> new String(part, ISO_8859_1))
                .toList();
    }

    /** Why these bytes are no frame; empty where they may be. */
    String fault(String stream) {
        String fault = new CutFrames(framing).read(stream).fault();
        return fault == null ? "" : fault;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(ISO_8859_1);
    }
}
