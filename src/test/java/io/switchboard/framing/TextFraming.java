package io.switchboard.framing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.List;

/** A framing whose payloads and frames are Latin-1 strings, so that tests can use literals. */
record TextFraming(Framing framing) {

    static TextFraming of(String word) {
        return new TextFraming(Framing.of(word));
    }

    /** Returns the payloads of all frames in the stream. */
    List<String> decode(String stream) {
        return new FrameCollector(framing).read(stream).texts();
    }

    String encode(String payload) {
        return new String(framing.encode(bytes(payload)), ISO_8859_1);
    }

    /** Returns the objection to a payload, or an empty string if there is none. */
    String objection(String payload) {
        return framing.objection(bytes(payload)).orElse("");
    }

    List<String> split(String payload) {
        return framing.split(bytes(payload)).stream()
                .map(part -> new String(part, ISO_8859_1))
                .toList();
    }

    /** Returns the fault in the stream, or an empty string if there is none. */
    String fault(String stream) {
        String fault = new FrameCollector(framing).read(stream).fault();
        return fault == null ? "" : fault;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(ISO_8859_1);
    }
}
