package io.switchboard.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MessageTest {
    private static final byte[] CONTENT = {0, 1, (byte) 0xff};

    @Test
    void aCommandIsReadAsItWasSaid() {
        Message.Command said = new Message.Command("0bbbbb", 7, 1_000, 2_000, "send", CONTENT);
        assertThat(Message.of(said.bytes()))
                .hasValueSatisfying(
                        read -> {
                            Message.Command command = (Message.Command) read;
                            assertThat(command).usingRecursiveComparison().isEqualTo(said);
                        });
    }

    @ParameterizedTest
    @EnumSource
    void aReplyIsReadAsItWasSaid(Message.Outcome outcome) {
        Message.Reply said = new Message.Reply("0bbbbb", -1, outcome, CONTENT);
        assertThat(Message.of(said.bytes()))
                .hasValueSatisfying(
                        read -> assertThat(read).usingRecursiveComparison().isEqualTo(said));
    }

    @Test
    void whoIsAtWorkSaysAtWhat() {
        Message.AtWork said = new Message.AtWork("0bbbbb", new long[] {1, Long.MAX_VALUE});
        assertThat(Message.of(said.bytes()))
                .hasValueSatisfying(
                        read -> assertThat(read).usingRecursiveComparison().isEqualTo(said));
    }

    @Test
    void comingAndGoingIsReadAsItWasSaid() {
        assertThat(Message.of(new Message.Hello("0bbbbb").bytes()))
                .hasValue(new Message.Hello("0bbbbb"));
        assertThat(Message.of(new Message.Bye("0bbbbb").bytes()))
                .hasValue(new Message.Bye("0bbbbb"));
    }

    /** Anybody may publish on a channel. */
    @Test
    void whatIsNoMessageIsNone() {
        assertThat(Message.of(new byte[0])).isEmpty();
        assertThat(Message.of("hello".getBytes(UTF_8))).isEmpty();
        byte[] command = new Message.Command("0bbbbb", 7, 1, 2, "send", new byte[0]).bytes();
        for (int length = 0; length < command.length; length++) {
            assertThat(Message.of(Arrays.copyOf(command, length))).as("%s bytes", length).isEmpty();
        }
        byte[] reply = new Message.Reply("0bbbbb", 7, Message.Outcome.DONE, CONTENT).bytes();
        int outcome = 2 + "0bbbbb".length() + Long.BYTES + 1;
        reply[outcome] = 'X';
        assertThat(Message.of(reply)).isEmpty();
    }
}
