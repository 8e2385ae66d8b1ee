package io.switchboard.delivery;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.switchboard.delivery.Send.Results;
import io.switchboard.delivery.Send.Wait;
import io.switchboard.framing.Framing;
import io.switchboard.peer.Reach;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Builds a {@link Send}. Without further calls, it is the message "hi" of a sender that may reach
 * all peers, in the framing of each listener, and waits up to 20 s until it is written.
 */
final class SendBuilder {
    private final List<Target> to;
    private List<Target> exclude = List.of();
    private byte[] payload = "hi".getBytes(ISO_8859_1);
    private boolean text;
    private @Nullable Framing framing;
    private boolean split;
    private boolean finish;
    private Wait until = Wait.WRITTEN;
    private Duration timeout = Duration.ofSeconds(20);
    private Results results = Results.AUTO;
    private boolean require;
    private @Nullable Duration ttl;
    private Reach reach = Reach.ALL;

    private SendBuilder(List<Target> to) {
        this.to = to;
    }

    static SendBuilder to(List<Target> targets) {
        return new SendBuilder(targets);
    }

    static SendBuilder to(Target... targets) {
        return to(List.of(targets));
    }

    SendBuilder exclude(List<Target> targets) {
        exclude = targets;
        return this;
    }

    /** Sets the bytes of a message, one for each character. */
    SendBuilder payload(String characters) {
        return payload(characters.getBytes(ISO_8859_1));
    }

    SendBuilder payload(byte[] bytes) {
        payload = bytes;
        return this;
    }

    SendBuilder text() {
        text = true;
        return this;
    }

    SendBuilder framing(@Nullable Framing other) {
        framing = other;
        return this;
    }

    SendBuilder split(boolean whether) {
        split = whether;
        return this;
    }

    SendBuilder finish() {
        finish = true;
        return this;
    }

    SendBuilder until(Wait stage) {
        until = stage;
        return this;
    }

    SendBuilder timeout(Duration longest) {
        timeout = longest;
        return this;
    }

    SendBuilder results(Results listed) {
        results = listed;
        return this;
    }

    SendBuilder require() {
        require = true;
        return this;
    }

    SendBuilder ttl(@Nullable Duration kept) {
        ttl = kept;
        return this;
    }

    SendBuilder reach(Reach ofSender) {
        reach = ofSender;
        return this;
    }

    Send build() {
        return new Send(
                to, exclude, payload, text, framing, split, finish, until, timeout, results,
                require, ttl, reach);
    }
}
