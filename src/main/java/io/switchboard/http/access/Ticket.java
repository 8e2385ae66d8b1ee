package io.switchboard.http.access;

import io.switchboard.peer.Reach;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a ticket says: whose it is, and which peers its client sees. It allows reading only, because
 * it is for an event stream. This class alone knows the encoding, which begins with {@link
 * #VERSION}: a node that does not know the version refuses the ticket.
 *
 * @param number a random number that no other ticket has
 * @param expires the time from which the ticket is not accepted
 * @param name the name of the client
 */
record Ticket(long number, Instant expires, String name, Reach reach) {
    private static final int VERSION = 1;

    /** Returns the client to whom the ticket was issued, with the role read. */
    Client client() {
        return new Client(name, name, Set.of(Role.READ), reach);
    }

    byte[] encode() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte(VERSION);
            out.writeLong(number);
            out.writeLong(expires.toEpochMilli());
            out.writeUTF(name);
            write(out, reach.listeners());
            write(out, reach.groups());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static void write(DataOutputStream out, Set<String> names) throws IOException {
        out.writeShort(names.size());
        for (String each : new TreeSet<>(names)) {
            out.writeUTF(each);
        }
    }

    /**
     * Decodes a ticket whose signature is valid.
     *
     * @throws IOException it has another version
     */
    static Ticket decode(byte[] bytes) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
        if (in.readByte() != VERSION) {
            throw new IOException("unknown version");
        }
        long number = in.readLong();
        Instant expires = Instant.ofEpochMilli(in.readLong());
        return new Ticket(number, expires, in.readUTF(), new Reach(names(in), names(in)));
    }

    private static Set<String> names(DataInputStream in) throws IOException {
        Set<String> names = new TreeSet<>();
        for (int left = in.readUnsignedShort(); left > 0; left--) {
            names.add(in.readUTF());
        }
        return names;
    }
}
