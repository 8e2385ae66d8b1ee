package io.switchboard.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class StoredResultsTest {
    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 50);
    private final StoredResults<String, String> results = new StoredResults<>(100, 60, now::get);

    private void finish(String space, String key, long bytes) {
        assertThat(results.putIfAbsent(space, key, key + "!")).isNull();
        results.finish(space, key, bytes);
    }

    /** Returns whether the key has a value; if not, it has none afterwards either. */
    private boolean has(String space, String key) {
        boolean found = results.putIfAbsent(space, key, "other") != null;
        if (!found) {
            results.remove(space, key);
        }
        return found;
    }

    @Test
    void keepsAFinishedValueForSomeTime() {
        finish("a", "k", 10);
        now.addAndGet(59);
        assertThat(results.putIfAbsent("a", "k", "other")).isEqualTo("k!");
        now.addAndGet(1);
        assertThat(has("a", "k")).isFalse();
    }

    @Test
    void removesTheOldestOfTheSpaceWithTheMost() {
        finish("b", "calm", 20);
        finish("a", "first", 30);
        finish("a", "second", 30);
        finish("a", "third", 20);
        assertThat(has("a", "first")).isTrue();
        finish("b", "late", 10);
        assertThat(has("a", "first")).isFalse();
        assertThat(has("a", "second")).isTrue();
        assertThat(has("a", "third")).isTrue();
        assertThat(has("b", "calm")).isTrue();
        assertThat(has("b", "late")).isTrue();
    }

    @Test
    void keepsNoValueThatIsLargerThanAll() {
        finish("a", "k", 100);
        finish("b", "huge", 101);
        assertThat(has("b", "huge")).isFalse();
        assertThat(has("a", "k")).isTrue();
        finish("b", "next", 10);
        assertThat(has("b", "next")).isTrue();
    }

    /** A repetition has to wait for it. */
    @Test
    void doesNotRemoveARunningValue() {
        assertThat(results.putIfAbsent("a", "running", "1")).isNull();
        finish("a", "k", 100);
        finish("a", "l", 100);
        now.addAndGet(1_000);
        assertThat(results.putIfAbsent("a", "running", "2")).isEqualTo("1");
        results.finish("a", "running", 5);
        assertThat(has("a", "running")).isTrue();
        assertThat(has("a", "l")).isFalse();
    }
}
