package io.switchboard.framing;

import java.util.Optional;

/**
 * Frames that are JSON objects, from a brace to the brace that closes it. Braces in strings do not
 * count. The rest of JSON's grammar is not checked.
 */
record JsonFraming() implements Framing {
    static final JsonFraming JSON = new JsonFraming();

    private static final int IN_STRING = 1;
    private static final int AFTER_BACKSLASH = 2;
    private static final int ONE_BRACE = 4;

    @Override
    public String word() {
        return "json";
    }

    /**
     * {@inheritDoc}
     *
     * <p>The first byte is an opening brace. The progress is the number of open braces, and whether
     * the last byte is in a string and an escaping backslash.
     */
    @Override
    public boolean scan(FrameScan scan, byte[] bytes, int from, int to, int resume) {
        long state = scan.progress();
        for (int at = state == 0 ? from : resume; at < to; at++) {
            byte next = bytes[at];
            if ((state & AFTER_BACKSLASH) != 0) {
                state -= AFTER_BACKSLASH;
            } else if ((state & IN_STRING) != 0) {
                state += next == '\\' ? AFTER_BACKSLASH : next == '"' ? -IN_STRING : 0;
            } else if (next == '"') {
                state += IN_STRING;
            } else if (next == '{') {
                state += ONE_BRACE;
            } else if (next == '}') {
                state -= ONE_BRACE;
                if (state == 0) {
                    return scan.found(from, at + 1, at + 1);
                }
            }
        }
        scan.unfinished(from, to);
        return state != 0 && scan.withProgress(state);
    }

    @Override
    public Optional<String> objection(byte[] payload) {
        return Optional.empty();
    }
}
