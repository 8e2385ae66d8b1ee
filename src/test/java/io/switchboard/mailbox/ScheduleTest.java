package io.switchboard.mailbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScheduleTest {
    private final Schedule<String> schedule = new Schedule<>();

    private List<String> due(long now) {
        List<String> due = new ArrayList<>();
        schedule.removeDue(now, due::add);
        return due;
    }

    @Test
    void removesTheKeysWhoseTimeHasComeInOrder() {
        schedule.set("late", 30);
        schedule.set("second", 20);
        schedule.set("first", 10);
        assertThat(schedule.untilNext(4)).isEqualTo(6);
        assertThat(due(20)).containsExactly("first", "second");
        assertThat(schedule.has("first")).isFalse();
        assertThat(schedule.untilNext(20)).isEqualTo(10);
    }

    @Test
    void aLaterSettingReplacesTheEarlierOne() {
        schedule.set("key", 10);
        schedule.set("key", 30);
        assertThat(due(20)).isEmpty();
        assertThat(due(30)).containsExactly("key");
        assertThat(due(99)).isEmpty();
    }

    @Test
    void aRemovedKeyIsNotDue() {
        schedule.set("key", 10);
        schedule.remove("key");
        assertThat(schedule.untilNext(0)).isEqualTo(Long.MAX_VALUE);
        assertThat(due(99)).isEmpty();
    }
}
