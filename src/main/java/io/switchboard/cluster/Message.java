package io.switchboard.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * What nodes say to each other, as bytes: a byte for the kind, numbers in network order, texts with
 * a byte for their length in front, and what is left is the content.
 */
sealed interface Message {
    byte COMMAND = 1;
    byte REPLY = 2;
    byte AT_WORK = 3;
    byte HELLO = 4;
    byte BYE = 5;

    /** The node that says it. */
    String from();

    /**
     * Something is to be done.
     *
     * @param id of the asking node's own
     * @param at when it was asked, at the latest, in microseconds of Redis' time
     * @param expires from when on nobody waits for its beginning any more, likewise
     */
    @SuppressWarnings("ArrayRecordComponent") // messages are not compared
    record Command(String from, long id, long at, long expires, String operation, byte[] request)
            implements Message {}

    /** What came of it. */
    enum Outcome {
        DONE,
        FAULTY,
        BUSY
    }

    /**
     * It was done, or not.
     *
     * @param id of the command
     */
    @SuppressWarnings("ArrayRecordComponent") // messages are not compared
    record Reply(String from, long id, Outcome outcome, byte[] content) implements Message {}

    /**
     * It is being done.
     *
     * @param ids of the commands of one node
     */
    @SuppressWarnings("ArrayRecordComponent") // messages are not compared
    record AtWork(String from, long[] ids) implements Message {}

    /** A node has come, or has changed. */
    record Hello(String from) implements Message {}

    /** A node leaves. */
    record Bye(String from) implements Message {}

    /** As bytes. */
    @SuppressWarnings("ByteBufferBackingArray") // they are allocated here
    default byte[] bytes() {
        return switch (this) {
            case Command(var from, long id, long at, long expires, var operation, var request) -> {
                ByteBuffer bytes =
                        buffer(COMMAND, from, 3 * Long.BYTES + 1 + operation.length(), request);
                bytes.putLong(id).putLong(at).putLong(expires);
                put(bytes, operation);
                yield bytes.put(request).array();
            }
            case Reply(var from, long id, var outcome, var content) -> {
                ByteBuffer bytes =
                        buffer(REPLY, from, Long.BYTES + 1 + outcome.name().length(), content);
                bytes.putLong(id);
                put(bytes, outcome.name());
                yield bytes.put(content).array();
            }
            case AtWork(var from, long[] ids) -> {
                ByteBuffer bytes = buffer(AT_WORK, from, ids.length * Long.BYTES, new byte[0]);
                for (long id : ids) {
                    bytes.putLong(id);
                }
                yield bytes.array();
            }
            case Hello(var from) -> buffer(HELLO, from, 0, new byte[0]).array();
            case Bye(var from) -> buffer(BYE, from, 0, new byte[0]).array();
        };
    }

    /** What these bytes say; nothing where they are none of these messages. */
    static Optional<Message> of(byte[] message) {
        try {
            ByteBuffer bytes = ByteBuffer.wrap(message);
            byte kind = bytes.get();
            String from = text(bytes);
            return switch (kind) {
                case COMMAND ->
                        Optional.of(
                                new Command(
                                        from,
                                        bytes.getLong(),
                                        bytes.getLong(),
                                        bytes.getLong(),
                                        text(bytes),
                                        rest(bytes)));
                case REPLY ->
                        Optional.of(
                                new Reply(
                                        from,
                                        bytes.getLong(),
                                        Outcome.valueOf(text(bytes)),
                                        rest(bytes)));
                case AT_WORK -> {
                    long[] ids = new long[bytes.remaining() / Long.BYTES];
                    bytes.asLongBuffer().get(ids);
                    yield Optional.of(new AtWork(from, ids));
                }
                case HELLO -> Optional.of(new Hello(from));
                case BYE -> Optional.of(new Bye(from));
                default -> Optional.empty();
            };
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static ByteBuffer buffer(byte kind, String from, int size, byte[] content) {
        ByteBuffer bytes = ByteBuffer.allocate(2 + from.length() + size + content.length);
        bytes.put(kind);
        put(bytes, from);
        return bytes;
    }

    /** ASCII, and short. */
    private static void put(ByteBuffer bytes, String text) {
        bytes.put((byte) text.length()).put(text.getBytes(UTF_8));
    }

    private static String text(ByteBuffer bytes) {
        byte[] text = new byte[Byte.toUnsignedInt(bytes.get())];
        bytes.get(text);
        return new String(text, UTF_8);
    }

    private static byte[] rest(ByteBuffer bytes) {
        byte[] rest = new byte[bytes.remaining()];
        bytes.get(rest);
        return rest;
    }
}
