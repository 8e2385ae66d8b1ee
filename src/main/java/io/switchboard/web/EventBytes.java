package io.switchboard.web;

import io.switchboard.cluster.InMemory;
import io.switchboard.inbound.Event;
import io.switchboard.inbound.EventFilter;
import io.switchboard.inbound.Subscription;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How nodes ask each other for events, and answer: numbers in network order, texts in modified
 * UTF-8. The first byte of an answer says what is in it.
 */
final class EventBytes {
    private static final int HAS_GAP = 1;
    private static final int HAS_EVENTS = 2;
    private static final int LAST = 4;
    private static final long UNKNOWN = -1;

    private EventBytes() {}

    static byte[] of(EventAsk ask) {
        EventFilter filter = ask.filter();
        return InMemory.written(
                out -> {
                    out.writeLong(ask.after());
                    write(out, filter.peers());
                    write(out, filter.groups());
                    write(out, filter.listeners());
                    write(
                            out,
                            filter.types().stream()
                                    .map(Event.Type::name)
                                    .collect(Collectors.toSet()));
                });
    }

    static EventAsk ask(byte[] bytes) {
        return InMemory.read(
                bytes,
                in -> {
                    long after = in.readLong();
                    return new EventAsk(
                            new EventFilter(
                                    texts(in, Function.identity()),
                                    texts(in, Function.identity()),
                                    texts(in, Function.identity()),
                                    texts(in, Event.Type::valueOf)),
                            after);
                });
    }

    static byte[] of(EventPage page) {
        Subscription.Gap gap = page.gap();
        return InMemory.written(
                out -> {
                    out.writeByte(
                            (gap == null ? 0 : HAS_GAP)
                                    | (page.events().isEmpty() ? 0 : HAS_EVENTS)
                                    | (page.last() ? LAST : 0));
                    out.writeLong(page.next());
                    if (gap != null) {
                        write(out, gap.missed());
                        write(out, gap.from());
                        out.writeLong(gap.to());
                    }
                    for (EventPage.Spelled each : page.events()) {
                        out.writeLong(each.seq());
                        out.writeInt(each.frame().length);
                        out.write(each.frame());
                    }
                });
    }

    /** Whether an answer tells anything. */
    static boolean tells(byte[] answer) {
        return answer.length > 0 && (answer[0] & (HAS_GAP | HAS_EVENTS)) != 0;
    }

    static EventPage page(byte[] bytes) {
        return InMemory.read(
                bytes,
                in -> {
                    byte has = in.readByte();
                    long next = in.readLong();
                    Subscription.Gap gap =
                            (has & HAS_GAP) == 0
                                    ? null
                                    : new Subscription.Gap(number(in), number(in), in.readLong());
                    List<EventPage.Spelled> events = new ArrayList<>();
                    while (in.available() > 0) {
                        events.add(
                                new EventPage.Spelled(in.readLong(), in.readNBytes(in.readInt())));
                    }
                    return new EventPage(gap, events, next, (has & LAST) != 0);
                });
    }

    private static void write(DataOutputStream out, @Nullable Long number) throws IOException {
        out.writeLong(number == null ? UNKNOWN : number);
    }

    private static @Nullable Long number(DataInputStream in) throws IOException {
        long number = in.readLong();
        return number == UNKNOWN ? null : number;
    }

    private static void write(DataOutputStream out, Set<String> texts) throws IOException {
        out.writeInt(texts.size());
        for (String each : texts) {
            out.writeUTF(each);
        }
    }

    private static <T> Set<T> texts(DataInputStream in, Function<String, T> meaning)
            throws IOException {
        Set<T> texts = new LinkedHashSet<>();
        for (int left = in.readInt(); left > 0; left--) {
            texts.add(meaning.apply(in.readUTF()));
        }
        return texts;
    }
}
