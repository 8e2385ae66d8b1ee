package io.switchboard.transport.config;

import io.switchboard.framing.Framing;
import io.switchboard.framing.LineFraming;
import java.util.Objects;

/**
 * How the input of a connection may begin, besides with a frame.
 *
 * @param refusesHttp whether a connection is closed if its first frame is an HTTP request line
 * @param skipsMark whether a byte order mark of UTF-8 at the start is not part of the first frame
 */
public record InputStart(Telnet telnet, boolean refusesHttp, boolean skipsMark) {

    /** How clients that speak telnet (RFC 854) are treated. */
    public enum Telnet {
        /** A peer is a telnet client once a frame begins with a command of telnet. */
        AUTO,
        /** Every peer is a telnet client, and is asked to edit and send whole lines. */
        ON,
        /** The commands of telnet are data. */
        OFF
    }

    /** Every byte belongs to a frame. */
    public static final InputStart NONE = new InputStart(Telnet.OFF, false, false);

    /** Returns what the keys of a listener say, and for a key without a value its default. */
    static InputStart of(Framing framing, ListenerProperties keys) {
        boolean text = framing instanceof LineFraming;
        Telnet detected = framing == LineFraming.LINE ? Telnet.AUTO : Telnet.OFF;
        return new InputStart(
                Objects.requireNonNullElse(keys.telnet(), detected),
                Objects.requireNonNullElse(keys.refuseHttp(), text),
                Objects.requireNonNullElse(keys.skipBom(), text));
    }
}
