package io.switchboard.bench.load;

import io.switchboard.bench.contestant.Contestant;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/** Senders that are closed together. */
public record Senders(List<Sender> list) implements AutoCloseable {

    /** Returns {@code count} senders from a function of the sender index. */
    public static Senders open(int count, IntFunction<Sender> factory) {
        return new Senders(IntStream.range(0, count).mapToObj(factory).toList());
    }

    /** Returns senders that broadcast to all peers. */
    public static Senders toAll(EventLoop loop, Contestant contestant, Peers peers, int count) {
        Peer recipient = peers.list().getFirst();
        return open(count, index -> Sender.raw(loop, contestant, index, recipient, "to=all"));
    }

    /** Returns senders each of which sends plain text to its own peer. */
    public static Senders toOneEach(
            EventLoop loop, Contestant contestant, Peers peers, List<String> ids, int count) {
        return open(
                count,
                index ->
                        Sender.raw(
                                loop,
                                contestant,
                                index,
                                peers.list().get(index),
                                "to=" + ids.get(index)));
    }

    /** Returns senders each of which sends JSON to its own peer. */
    public static Senders toOneEachInJson(
            EventLoop loop, Contestant contestant, Peers peers, List<String> ids, int count) {
        return open(
                count,
                index ->
                        Sender.json(
                                loop, contestant, index, peers.list().get(index), ids.get(index)));
    }

    @Override
    public void close() {
        list.forEach(Sender::close);
    }
}
