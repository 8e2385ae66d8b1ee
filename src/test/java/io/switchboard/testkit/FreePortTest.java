package io.switchboard.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class FreePortTest {
    @Test
    void noPortIsFoundTwice() {
        List<Integer> ports = Stream.generate(FreePort::find).parallel().limit(1_000).toList();

        assertThat(ports).doesNotHaveDuplicates();
    }
}
