package io.switchboard.delivery;

import io.switchboard.node.Operation;
import io.switchboard.node.Request;
import org.springframework.stereotype.Component;

/** What another node asks of this one for its share of a message's targets. */
@Component
final class SendHere implements Operation {
    static final String WORD = "send";

    private final FirstParts firsts;

    SendHere(FirstParts firsts) {
        this.firsts = firsts;
    }

    @Override
    public String word() {
        return WORD;
    }

    @Override
    public byte[] answer(Request request) throws InterruptedException {
        return PartBytes.of(
                firsts.part(PartBytes.asked(request.bytes()), Presence.at(request.asked())));
    }
}
