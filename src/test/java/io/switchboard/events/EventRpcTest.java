package io.switchboard.web;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.switchboard.inbound.Event;
import io.switchboard.inbound.EventFilter;
import io.switchboard.inbound.Subscription;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class EventBytesTest {

    @Test
    void readsTheQuestionThatWasWritten() {
        EventAsk ask =
                new EventAsk(
                        new EventFilter(
                                Set.of("plc-1", "k\u00e4lte"),
                                Set.of("g"),
                                Set.of(),
                                Set.of(Event.Type.CLOSED, Event.Type.SEND_FAILED)),
                        17);
        assertThat(EventBytes.ask(EventBytes.of(ask))).isEqualTo(ask);
    }

    @Test
    void readsTheAnswerThatWasWritten() {
        byte[] bytes =
                EventBytes.of(
                        new EventPage(
                                new Subscription.Gap(null, null, 4),
                                List.of(
                                        new EventPage.Spelled(5, "five".getBytes(UTF_8)),
                                        new EventPage.Spelled(7, new byte[0])),
                                9,
                                true));
        assertThat(EventBytes.tells(bytes)).isTrue();
        EventPage page = EventBytes.page(bytes);
        assertThat(page.gap()).isEqualTo(new Subscription.Gap(null, null, 4));
        assertThat(page.events()).extracting(EventPage.Spelled::seq).containsExactly(5L, 7L);
        assertThat(page.events().getFirst().frame()).asString(UTF_8).isEqualTo("five");
        assertThat(page.next()).isEqualTo(9);
        assertThat(page.last()).isTrue();
        assertThatThrownBy(() -> EventBytes.page(Arrays.copyOf(bytes, bytes.length - 3)))
                .isInstanceOf(UncheckedIOException.class);
    }

    @Test
    void anAnswerMayTellNothing() {
        byte[] bytes = EventBytes.of(new EventPage(null, List.of(), 9, false));
        assertThat(EventBytes.tells(bytes)).isFalse();
        assertThat(EventBytes.page(bytes)).isEqualTo(new EventPage(null, List.of(), 9, false));
    }
}
