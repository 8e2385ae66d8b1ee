package io.switchboard.bench;

import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/** Several senders, closed together. */
record Senders(List<Sender> list) implements AutoCloseable {

    static Senders open(int count, IntFunction<Sender> one) {
        return new Senders(IntStream.range(0, count).mapToObj(one).toList());
    }

    /** All of them send to everyone. */
    static Senders toAll(Loop loop, Contestant contestant, Audience audience, int count) {
        Peer anyone = audience.peers().getFirst();
        return open(count, index -> Sender.raw(loop, contestant, index, anyone, "to=all"));
    }

    /** Each sends to a peer of its own. */
    static Senders toOneEach(
            Loop loop, Contestant contestant, Audience audience, List<String> ids, int count) {
        return open(
                count,
                index ->
                        Sender.raw(
                                loop,
                                contestant,
                                index,
                                audience.peers().get(index),
                                "to=" + ids.get(index)));
    }

    static Senders toOneEachInJson(
            Loop loop, Contestant contestant, Audience audience, List<String> ids, int count) {
        return open(
                count,
                index ->
                        Sender.json(
                                loop,
                                contestant,
                                index,
                                audience.peers().get(index),
                                ids.get(index)));
    }

    @Override
    public void close() {
        list.forEach(Sender::close);
    }
}
