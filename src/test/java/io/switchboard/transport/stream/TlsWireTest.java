package io.switchboard.transport.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.switchboard.Certificate;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tlschannel.ClientTlsChannel;
import tlschannel.NeedsReadException;
import tlschannel.ServerTlsChannel;
import tlschannel.TlsChannel;

/** What the kernel has is told as taken, and nothing else; the test is the kernel. */
class TlsWireTest {
    private static final int RECORD_HEADER = 5;

    @TempDir static Path folder;

    @SuppressWarnings("NullAway.Init")
    private static Certificate certificate;

    private final Kernel kernel = new Kernel();
    private final Client client = new Client(kernel);
    private final ByteBuffer decrypted = ByteBuffer.allocate(4_000_000);

    @SuppressWarnings("NullAway.Init")
    private TlsWire wire;

    @SuppressWarnings("NullAway.Init")
    private TlsChannel peer;

    /** The service's socket: it takes as many bytes as there is room for. */
    private static final class Kernel implements Wire {
        private final ByteBuffer out = ByteBuffer.allocate(8_000_000);
        private final ByteBuffer in = ByteBuffer.allocate(1_000_000);
        private int room = Integer.MAX_VALUE;
        private int read;
        private boolean ended;
        private boolean closed;

        @Override
        public int read(ByteBuffer into) {
            int count = Math.min(into.remaining(), in.position() - read);
            into.put(in.array(), read, count);
            read += count;
            return count;
        }

        @Override
        public int write(ByteBuffer bytes) throws IOException {
            if (closed) {
                throw new ClosedChannelException();
            }
            int count = Math.min(room, bytes.remaining());
            room -= count;
            out.put(bytes.slice(bytes.position(), count));
            bytes.position(bytes.position() + count);
            return count;
        }

        @Override
        public long write(ByteBuffer[] buffers, int count) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void shutdownOutput() {
            ended = true;
        }

        @Override
        public SocketChannel socket() {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean isOpen() {
            return !closed;
        }

        @Override
        public void close() {
            closed = true;
        }

        /** How many bytes of a record that is not whole it has taken. */
        int ofRecord() {
            int at = 0;
            while (out.position() - at >= RECORD_HEADER
                    && out.position() - at >= RECORD_HEADER + out.getShort(at + 3)) {
                at += RECORD_HEADER + out.getShort(at + 3);
            }
            return out.position() - at;
        }
    }

    /** The other end of it. */
    private static final class Client implements ByteChannel {
        private final Kernel kernel;
        private int read;

        Client(Kernel kernel) {
            this.kernel = kernel;
        }

        @Override
        public int read(ByteBuffer into) {
            int count = Math.min(into.remaining(), kernel.out.position() - read);
            into.put(kernel.out.array(), read, count);
            read += count;
            return count == 0 && kernel.ended ? -1 : count;
        }

        @Override
        public int write(ByteBuffer bytes) {
            int count = bytes.remaining();
            kernel.in.put(bytes);
            return count;
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}
    }

    @BeforeAll
    static void certificate() throws Exception {
        certificate = Certificate.make(folder, "wire", "CN=localhost");
    }

    @BeforeEach
    void shakesHands() throws Exception {
        Ciphertext ciphertext = new Ciphertext(kernel);
        wire =
                new TlsWire(
                        kernel,
                        ciphertext,
                        ServerTlsChannel.newBuilder(ciphertext, certificate.own())
                                .withReleaseBuffers(true)
                                .build());
        peer = ClientTlsChannel.newBuilder(client, certificate.trusting(null)).build();
        Opening.Step.Progress progress = Opening.Step.Progress.NEEDS_READ;
        while (progress != Opening.Step.Progress.DONE) {
            client();
            progress = wire.handshake(() -> {});
        }
        client();
        decrypted.clear();
    }

    /** Lets the client read what there is; or shake hands. */
    private void client() throws IOException {
        try {
            while (peer.read(decrypted) >= 0) {
                assertThat(decrypted.hasRemaining()).isTrue();
            }
        } catch (NeedsReadException e) {
            assertThat(kernel.ended).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void tellsWhatTheKernelHas(long seed) throws Exception {
        Random random = new Random(seed);
        byte[] all = new byte[1_500_000];
        random.nextBytes(all);
        int told = 0;
        while (told < all.length) {
            kernel.room = random.nextInt(4) == 0 ? 0 : random.nextInt(40_000);
            ByteBuffer[] buffers = offer(all, told, random);
            long taken = wire.write(buffers, buffers.length);
            int moved = 0;
            for (ByteBuffer buffer : buffers) {
                moved += buffer.position();
            }
            assertThat(taken).isEqualTo(moved);
            told += moved;
            client();
            assertThat(told).isLessThanOrEqualTo(decrypted.position() + kernel.ofRecord());
        }
        assertThat(wire.ahead()).isZero();
        assertThat(decrypted.position()).isEqualTo(all.length);
        assertThat(Arrays.equals(all, Arrays.copyOf(decrypted.array(), all.length))).isTrue();
    }

    /** Some buffers, often fewer bytes than the time before. */
    private static ByteBuffer[] offer(byte[] all, int from, Random random) {
        ByteBuffer[] buffers = new ByteBuffer[1 + random.nextInt(8)];
        int at = from;
        for (int i = 0; i < buffers.length; i++) {
            int size =
                    Math.min(
                            all.length - at,
                            1 + random.nextInt(random.nextBoolean() ? 100 : 30_000));
            buffers[i] = ByteBuffer.wrap(all, at, size).slice().asReadOnlyBuffer();
            at += size;
        }
        return buffers;
    }

    @Test
    void smallMessagesShareARecord() throws Exception {
        int before = kernel.out.position();
        ByteBuffer[] buffers = new ByteBuffer[64];
        Arrays.setAll(buffers, i -> ByteBuffer.wrap("twelve bytes".getBytes(UTF_8)));
        assertThat(wire.write(buffers, buffers.length)).isEqualTo(64 * 12);
        int record = RECORD_HEADER + kernel.out.getShort(before + 3);
        assertThat(kernel.out.position() - before).isEqualTo(record);
    }

    @Test
    void whileTheKernelIsFullNothingIsTakenTwice() throws Exception {
        kernel.room = 0;
        ByteBuffer message = ByteBuffer.wrap("only once".getBytes(UTF_8));
        assertThat(wire.write(message)).isZero();
        assertThat(message.position()).isZero();
        assertThat(wire.ahead()).isEqualTo("only once".length());
        assertThat(wire.write(message)).isZero();
        kernel.room = Integer.MAX_VALUE;
        assertThat(wire.write(message)).isEqualTo("only once".length());
        client();
        assertThat(UTF_8.decode(decrypted.flip()).toString()).isEqualTo("only once");
    }

    @Test
    void answersANewKeyThoughTheKernelIsFull() throws Exception {
        kernel.room = 0;
        peer.getSslEngine().beginHandshake(); // TLS 1.3: a key update that asks for another
        write("new");
        ByteBuffer into = ByteBuffer.allocate(64 * 1024);
        assertThat(wire.read(into)).isEqualTo(3);
        assertThat(wire.read(into)).isZero();
        assertThat(wire.owes()).isTrue();
        assertThat(wire.flush()).isFalse();
        ByteBuffer message = ByteBuffer.wrap("behind it".getBytes(UTF_8));
        assertThat(wire.write(message)).isZero();
        kernel.room = Integer.MAX_VALUE;
        assertThat(wire.flush()).isTrue();
        assertThat(wire.owes()).isFalse();
        assertThat(wire.write(message)).isEqualTo("behind it".length());
        client();
        assertThat(UTF_8.decode(decrypted.flip()).toString()).isEqualTo("behind it");
    }

    private void write(String text) throws IOException {
        peer.write(ByteBuffer.wrap(text.getBytes(UTF_8)));
    }

    @Test
    void saysTheEndOnceTheKernelTakesIt() throws Exception {
        kernel.room = 3;
        wire.shutdownOutput();
        assertThat(wire.owes()).isTrue();
        assertThat(kernel.ended).isFalse();
        kernel.room = Integer.MAX_VALUE;
        assertThat(wire.flush()).isTrue();
        assertThat(kernel.ended).isTrue();
        client();
        assertThat(peer.shutdownReceived()).isTrue();
    }

    @Test
    void breaksOffWithoutTheEndWhereAMessageIsNotWhole() throws Exception {
        kernel.room = 3;
        assertThat(wire.write(ByteBuffer.wrap("never whole".getBytes(UTF_8)))).isZero();
        kernel.room = Integer.MAX_VALUE;
        wire.shutdownOutput();
        assertThat(kernel.ended).isTrue();
        client();
        assertThat(decrypted.position()).isZero();
        assertThat(peer.shutdownReceived()).isFalse();
    }

    @Test
    void tellsTheEndBehindWhatCameBeforeIt() throws Exception {
        write("last words");
        peer.shutdown();
        ByteBuffer into = ByteBuffer.allocate(64 * 1024);
        assertThat(wire.holds()).as("after the handshake, perhaps").isTrue();
        assertThat(wire.read(into)).isEqualTo("last words".length());
        assertThat(wire.holds()).as("the end").isTrue();
        assertThat(wire.read(into.clear())).isEqualTo(-1);
    }

    @Test
    void tellsAFaultBehindWhatWasGood() throws Exception {
        write("good");
        kernel.in.put(new byte[] {23, 3, 3, 0, 32}).put(new byte[32]);
        ByteBuffer into = ByteBuffer.allocate(64 * 1024);
        assertThat(wire.read(into)).isEqualTo("good".length());
        assertThat(wire.holds()).isTrue();
        assertThatThrownBy(() -> wire.read(into)).isInstanceOf(IOException.class);
    }

    @Test
    void readsNoMoreThanItsShareAtATime() throws Exception {
        byte[] much = new byte[300_000];
        peer.write(ByteBuffer.wrap(much));
        ByteBuffer into = ByteBuffer.allocate(64 * 1024);
        int all = 0;
        int times = 0;
        while (all < much.length) {
            all += wire.read(into.clear());
            assertThat(wire.holds()).as("the selector knows of the rest").isFalse();
            times++;
        }
        assertThat(times).isGreaterThan(4);
    }

    @Test
    void closedItTakesNothing() throws Exception {
        wire.close();
        assertThat(wire.isOpen()).isFalse();
        assertThatThrownBy(() -> wire.write(ByteBuffer.wrap(new byte[1])))
                .isInstanceOf(IOException.class);
    }
}
