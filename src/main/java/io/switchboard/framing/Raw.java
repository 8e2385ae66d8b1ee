package io.switchboard.framing;

import java.util.List;
import java.util.Optional;

/** No framing: bytes go out as they are, and what one read brings is one message. */
public enum Raw implements Framing {
    RAW;

    @Override
    public String word() {
        return "raw";
    }

    @Override
    public boolean cut(Cut cut, byte[] bytes, int from, int to, int resume) {
        return from == to ? cut.unfinished(to) : cut.found(from, to, to);
    }

    @Override
    public int encodedLength(int length) {
        return length;
    }

    @Override
    public int encode(byte[] payload, byte[] target, int at) {
        System.arraycopy(payload, 0, target, at, payload.length);
        return at + payload.length;
    }

    @Override
    public Optional<String> objection(byte[] payload) {
        return Optional.empty();
    }

    @Override
    public List<byte[]> split(byte[] payload) {
        return List.of(payload);
    }
}
