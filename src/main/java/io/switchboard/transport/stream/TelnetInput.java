package io.switchboard.transport.stream;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Removes the commands of telnet (RFC 854) from what one client sends, and refuses every option
 * that it negotiates. A command may be divided between reads. Used on the connection's loop only.
 *
 * <pre>
 *           IAC              WILL WONT DO DONT            option
 *   DATA ─────────▶ COMMAND ───────────────────▶ OPTION ──────────▶ DATA
 *    │ ▲ ◀───────── any other │ SB
 *  CR│ │                      ▼          IAC                SE
 *    ▼ │ any byte      SUBNEGOTIATION ─────────▶ SUB_IAC ─────────▶ DATA
 *     CR                      ▲ ◀───────────────── any other
 * </pre>
 */
final class TelnetInput {
    private static final int SE = 240;
    private static final int INTERRUPT_PROCESS = 244;
    private static final int SB = 250;
    private static final int WILL = 251;
    private static final int WONT = 252;
    private static final int DO = 253;
    private static final int DONT = 254;
    static final int IAC = 255;

    private static final int ECHO = 1;
    private static final int SUPPRESS_GO_AHEAD = 3;
    private static final int LINEMODE = 34;
    private static final int MODE = 1;

    /** MODE_EDIT and MODE_TRAPSIG of RFC 1184: the client edits lines, and sends signals as IAC. */
    private static final int EDIT_LINES = 3;

    /** What a client is told at the start, so that it edits a line and sends it as a whole. */
    private static final byte[] OFFER = {
        (byte) IAC, (byte) WONT, ECHO,
        (byte) IAC, (byte) WONT, SUPPRESS_GO_AHEAD,
        (byte) IAC, (byte) DO, LINEMODE
    };

    private enum State {
        DATA,
        CR,
        COMMAND,
        OPTION,
        SUBNEGOTIATION,
        SUB_IAC
    }

    private final byte[] lineEnd;
    private State state = State.DATA;
    private int command;

    /** Whether LINEMODE has been offered, and the client has not accepted it yet. */
    private boolean offered;

    private @Nullable ByteArrayOutputStream answer;

    /** Creates the input of a client; {@code lineEnd} replaces CR NUL and CR LF. */
    TelnetInput(byte[] lineEnd) {
        this.lineEnd = lineEnd;
    }

    /** Returns what asks the client to edit and send whole lines; the caller sends it. */
    byte[] offer() {
        offered = true;
        return OFFER.clone();
    }

    /**
     * Returns whether these bytes are the beginning of a command that only a telnet client sends.
     * FF FE, which begins the command DONT, is the byte order mark of UTF-16.
     */
    static boolean isCommand(byte first, byte second) {
        int code = second & 0xff;
        return (first & 0xff) == IAC && (code == INTERRUPT_PROCESS || (code >= SB && code <= DO));
    }

    /** Returns the data in {@code bytes[from, to)}, without commands, as a new array. */
    byte[] data(byte[] bytes, int from, int to) {
        // a CR of the last read may be added, and CR NUL has two bytes as its replacement does
        byte[] data = new byte[to - from + 1];
        int length = 0;
        for (int at = from; at < to; at++) {
            int value = bytes[at] & 0xff;
            if (state == State.CR) {
                state = State.DATA;
                if (value == 0 || value == '\n') {
                    for (byte each : lineEnd) {
                        data[length++] = each;
                    }
                    continue;
                }
                data[length++] = '\r';
            }
            if (next(value)) {
                data[length++] = (byte) value;
            }
        }
        return Arrays.copyOf(data, length);
    }

    /** Takes a byte; returns whether it is data. */
    private boolean next(int value) {
        switch (state) {
            case DATA, CR -> {
                if (value == IAC) {
                    state = State.COMMAND;
                } else if (value == '\r') {
                    state = State.CR;
                } else {
                    return true;
                }
            }
            case COMMAND -> {
                command = value;
                state =
                        switch (value) {
                            case WILL, WONT, DO, DONT -> State.OPTION;
                            case SB -> State.SUBNEGOTIATION;
                            default -> State.DATA;
                        };
                return value == IAC || value < SE;
            }
            case OPTION -> {
                state = State.DATA;
                negotiate(value);
            }
            case SUBNEGOTIATION -> {
                if (value == IAC) {
                    state = State.SUB_IAC;
                }
            }
            case SUB_IAC -> state = value == SE ? State.DATA : State.SUBNEGOTIATION;
        }
        return false;
    }

    /** Refuses an option, unless the client has agreed to the offer. */
    private void negotiate(int option) {
        if (command == DO) {
            answer(IAC, WONT, option);
        } else if (command == WILL && option == LINEMODE && offered) {
            offered = false;
            answer(IAC, SB, LINEMODE, MODE, EDIT_LINES, IAC, SE);
        } else if (command == WILL) {
            answer(IAC, DONT, option);
        }
    }

    private void answer(int... codes) {
        if (answer == null) {
            answer = new ByteArrayOutputStream();
        }
        for (int code : codes) {
            answer.write(code);
        }
    }

    /** Returns what has to be answered to the client since the last call; null for nothing. */
    byte @Nullable [] takeAnswer() {
        byte[] bytes = answer == null ? null : answer.toByteArray();
        answer = null;
        return bytes;
    }
}
