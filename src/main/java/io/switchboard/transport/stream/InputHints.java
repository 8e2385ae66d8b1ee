package io.switchboard.transport.stream;

import io.switchboard.peer.CloseReason;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.PeerSnapshot;
import java.util.Arrays;
import java.util.Optional;

/**
 * Looks at what one peer sends, and gives the peer the hint that {@link InputHint} has about it.
 * Used on the connection's loop only.
 *
 * <p>Until the first frame, the first {@link #READS} reads are looked at for another framing. After
 * that, a read that begins with a frame costs a look at its first byte, until there is a hint.
 */
final class InputHints {
    private static final int READS = 4;

    private int reads;
    private boolean found;

    /** Whether the hint is a guess, which the first frame refutes. */
    private boolean guessed;

    private boolean framed;

    /**
     * Looks at a read, after its frames have been found.
     *
     * @param atStart whether it began with a frame
     * @param messages the number of frames that were found in it
     */
    void look(
            PeerSession session,
            ListenerContext context,
            byte[] read,
            int count,
            boolean atStart,
            int messages,
            FrameReader reader) {
        if (guessed && messages > 0) {
            guessed = false;
            found = false;
            PeerSnapshot.hint(session, "");
        }
        boolean first = !framed;
        framed |= messages > 0;
        FrameReader.Fault fault = reader.fault();
        if (found || (fault != null && fault.reason() == CloseReason.HTTP_REQUEST)) {
            return;
        }
        Optional<String> hint = Optional.empty();
        if (atStart) {
            int length = Math.min(count, InputHint.MAX_LENGTH);
            hint =
                    InputHint.protocol(
                            read,
                            length,
                            context.framing(),
                            context.start().telnet(),
                            context.listener().name());
        }
        if (hint.isEmpty() && first && reads < READS) {
            reads++;
            byte[] begun = atStart || messages > 0 ? read : begun(reader, read, count);
            int length = Math.min(begun == read ? count : begun.length, InputHint.MAX_LENGTH);
            hint =
                    InputHint.framing(
                            begun,
                            length,
                            messages > 0,
                            context.framing(),
                            context.listener().name());
            guessed = hint.isPresent() && messages == 0;
        }
        if (hint.isPresent()) {
            found = true;
            PeerSnapshot.hint(session, hint.get());
        }
    }

    /** Returns the unfinished frame, if there is one, else what was read. */
    private static byte[] begun(FrameReader reader, byte[] read, int count) {
        return reader.partialBytes() > 0 ? reader.rest() : Arrays.copyOf(read, count);
    }
}
