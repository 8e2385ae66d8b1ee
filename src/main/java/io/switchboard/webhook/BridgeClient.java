package io.switchboard.webhook;

import io.switchboard.events.Event;
import io.switchboard.fatal.FatalErrors;
import java.time.Duration;

/**
 * Sends the events of a {@link Publication} to the broker of a bridge. Thread-safe.
 *
 * @param run the start of the ids of deliveries, which differs in each run of the service
 */
record BridgeClient(Publication publication, String run, EventPublisher publisher)
        implements WebhookClient {
    private static final byte[] NO_ANSWER = {};

    @Override
    public Outcome post(WebhookQueue.PeerEventQueue peerQueue, QueuedEvent queued) {
        EventPublisher.Outcome outcome;
        try {
            outcome =
                    publisher.publish(
                            switch (queued) {
                                case QueuedEvent.InMemory(Event event, _) ->
                                        new EventPublisher.Publishing(
                                                event.seq(),
                                                event,
                                                HttpWebhookClient.delivery(
                                                        run, publication.key(), event.seq()),
                                                HttpWebhookClient.json(
                                                        event, peerQueue.peername()));
                                case QueuedEvent.InStore event ->
                                        new EventPublisher.Publishing(
                                                event.seq(), null, event.delivery(), event.body());
                            });
        } catch (RuntimeException e) {
            FatalErrors.check(e);
            outcome = new EventPublisher.Outcome.Failed(e.toString(), Duration.ZERO);
        }
        return switch (outcome) {
            case EventPublisher.Outcome.Accepted() -> new Outcome.Accepted(NO_ANSWER);
            case EventPublisher.Outcome.Failed(String reason, Duration retryAfter) ->
                    new Outcome.Failed(reason, retryAfter);
            case EventPublisher.Outcome.Refused(String reason) -> new Outcome.Refused(reason);
        };
    }

    @Override
    public boolean answers() {
        return false;
    }

    @Override
    public void close() {
        publisher.close();
    }
}
