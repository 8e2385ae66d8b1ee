package io.switchboard.transport.tls;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.switchboard.testkit.Certificate;
import io.switchboard.transport.stream.ConnectionSetup;
import io.switchboard.transport.stream.SocketStream;
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

/** A TLS stream reports only bytes that the kernel has; a fake socket plays the kernel. */
class TlsStreamTest {
    private static final int RECORD_HEADER = 5;

    @TempDir static Path folder;

    @SuppressWarnings("NullAway.Init")
    private static Certificate certificate;

    private final Kernel kernel = new Kernel();
    private final Client client = new Client(kernel);
    private final ByteBuffer decrypted = ByteBuffer.allocate(4_000_000);

    @SuppressWarnings("NullAway.Init")
    private TlsStream stream;

    @SuppressWarnings("NullAway.Init")
    private TlsChannel peer;

    /** The service's socket, whose send buffer has {@link #room} bytes left. */
    private static final class Kernel implements SocketStream {
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

        /** Returns the bytes of an incomplete record at the end of {@link #out}. */
        int partialRecordBytes() {
            int at = 0;
            while (out.position() - at >= RECORD_HEADER
                    && out.position() - at >= RECORD_HEADER + out.getShort(at + 3)) {
                at += RECORD_HEADER + out.getShort(at + 3);
            }
            return out.position() - at;
        }
    }

    /** The client's socket: the other end of the kernel's buffers. */
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
        certificate = Certificate.make(folder, "server", "CN=localhost");
    }

    @BeforeEach
    void completeHandshake() throws Exception {
        TlsRecords records = new TlsRecords(kernel);
        stream =
                new TlsStream(
                        kernel,
                        records,
                        ServerTlsChannel.newBuilder(records, certificate.own())
                                .withReleaseBuffers(true)
                                .build());
        peer = ClientTlsChannel.newBuilder(client, certificate.trusting(null)).build();
        ConnectionSetup.Step.Progress progress = ConnectionSetup.Step.Progress.NEEDS_READ;
        while (progress != ConnectionSetup.Step.Progress.DONE) {
            readAtClient();
            progress = stream.handshake();
        }
        readAtClient();
        decrypted.clear();
    }

    /** Lets the client read all available bytes, and continue its handshake if it has one. */
    private void readAtClient() throws IOException {
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
    void reportsOnlyBytesThatTheKernelHas(long seed) throws Exception {
        Random random = new Random(seed);
        byte[] all = new byte[1_500_000];
        random.nextBytes(all);
        int reported = 0;
        while (reported < all.length) {
            kernel.room = random.nextInt(4) == 0 ? 0 : random.nextInt(40_000);
            ByteBuffer[] buffers = offer(all, reported, random);
            long taken = stream.write(buffers, buffers.length);
            int moved = 0;
            for (ByteBuffer buffer : buffers) {
                moved += buffer.position();
            }
            assertThat(taken).isEqualTo(moved);
            reported += moved;
            readAtClient();
            assertThat(reported)
                    .isLessThanOrEqualTo(decrypted.position() + kernel.partialRecordBytes());
        }
        assertThat(stream.ahead()).isZero();
        assertThat(decrypted.position()).isEqualTo(all.length);
        assertThat(Arrays.equals(all, Arrays.copyOf(decrypted.array(), all.length))).isTrue();
    }

    /** Returns up to 8 buffers of the next bytes, often fewer bytes than the call before. */
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
        assertThat(stream.write(buffers, buffers.length)).isEqualTo(64 * 12);
        int record = RECORD_HEADER + kernel.out.getShort(before + 3);
        assertThat(kernel.out.position() - before).isEqualTo(record);
    }

    @Test
    void bytesOfferedAgainToAFullKernelAreSentOnce() throws Exception {
        kernel.room = 0;
        ByteBuffer message = ByteBuffer.wrap("only once".getBytes(UTF_8));
        assertThat(stream.write(message)).isZero();
        assertThat(message.position()).isZero();
        assertThat(stream.ahead()).isEqualTo("only once".length());
        assertThat(stream.write(message)).isZero();
        kernel.room = Integer.MAX_VALUE;
        assertThat(stream.write(message)).isEqualTo("only once".length());
        readAtClient();
        assertThat(UTF_8.decode(decrypted.flip()).toString()).isEqualTo("only once");
    }

    @Test
    void respondsToAKeyUpdateOnceTheKernelHasRoom() throws Exception {
        kernel.room = 0;
        peer.getSslEngine()
                .beginHandshake(); // In TLS 1.3, a key update that requests one in return.
        write("new");
        ByteBuffer into = ByteBuffer.allocate(64 * 1024);
        assertThat(stream.read(into)).isEqualTo(3);
        assertThat(stream.read(into)).isZero();
        assertThat(stream.hasPendingOutput()).isTrue();
        assertThat(stream.flush()).isFalse();
        ByteBuffer message = ByteBuffer.wrap("behind it".getBytes(UTF_8));
        assertThat(stream.write(message)).isZero();
        kernel.room = Integer.MAX_VALUE;
        assertThat(stream.flush()).isTrue();
        assertThat(stream.hasPendingOutput()).isFalse();
        assertThat(stream.write(message)).isEqualTo("behind it".length());
        readAtClient();
        assertThat(UTF_8.decode(decrypted.flip()).toString()).isEqualTo("behind it");
    }

    private void write(String text) throws IOException {
        peer.write(ByteBuffer.wrap(text.getBytes(UTF_8)));
    }

    @Test
    void sendsCloseNotifyOnceTheKernelHasRoom() throws Exception {
        kernel.room = 3;
        stream.shutdownOutput();
        assertThat(stream.hasPendingOutput()).isTrue();
        assertThat(kernel.ended).isFalse();
        kernel.room = Integer.MAX_VALUE;
        assertThat(stream.flush()).isTrue();
        assertThat(kernel.ended).isTrue();
        readAtClient();
        assertThat(peer.shutdownReceived()).isTrue();
    }

    @Test
    void sendsNoCloseNotifyBehindAnIncompleteMessage() throws Exception {
        kernel.room = 3;
        assertThat(stream.write(ByteBuffer.wrap("never whole".getBytes(UTF_8)))).isZero();
        kernel.room = Integer.MAX_VALUE;
        stream.shutdownOutput();
        assertThat(kernel.ended).isTrue();
        readAtClient();
        assertThat(decrypted.position()).isZero();
        assertThat(peer.shutdownReceived()).isFalse();
    }

    @Test
    void returnsTheBytesBeforeTheEndOfTheStream() throws Exception {
        write("last words");
        peer.shutdown();
        ByteBuffer into = ByteBuffer.allocate(64 * 1024);
        assertThat(stream.hasBufferedInput()).as("bytes may follow the handshake").isTrue();
        assertThat(stream.read(into)).isEqualTo("last words".length());
        assertThat(stream.hasBufferedInput())
                .as("the end of the stream is still to be read")
                .isTrue();
        assertThat(stream.read(into.clear())).isEqualTo(-1);
    }

    @Test
    void returnsTheBytesBeforeAnError() throws Exception {
        write("good");
        kernel.in.put(new byte[] {23, 3, 3, 0, 32}).put(new byte[32]);
        ByteBuffer into = ByteBuffer.allocate(64 * 1024);
        assertThat(stream.read(into)).isEqualTo("good".length());
        assertThat(stream.hasBufferedInput()).isTrue();
        assertThatThrownBy(() -> stream.read(into)).isInstanceOf(IOException.class);
    }

    @Test
    void readsNoMoreThanTheQuotaAtATime() throws Exception {
        byte[] much = new byte[300_000];
        peer.write(ByteBuffer.wrap(much));
        ByteBuffer into = ByteBuffer.allocate(64 * 1024);
        int all = 0;
        int times = 0;
        while (all < much.length) {
            all += stream.read(into.clear());
            assertThat(stream.hasBufferedInput()).as("the selector knows of the rest").isFalse();
            times++;
        }
        assertThat(times).isGreaterThan(4);
    }

    @Test
    void readsNoMoreThan64RecordsAtATime() throws Exception {
        for (int i = 0; i < 200; i++) {
            write("x");
        }
        ByteBuffer into = ByteBuffer.allocate(64 * 1024);
        int all = 0;
        int times = 0;
        do {
            int count = stream.read(into.clear());
            assertThat(count).isLessThanOrEqualTo(64);
            all += count;
            times++;
        } while (stream.hasBufferedInput());
        assertThat(all).as("bytes that the selector does not know of").isEqualTo(200);
        assertThat(times).isEqualTo(4);
    }

    @Test
    void readsEachByteOfRecordsThatArriveInPieces() throws Exception {
        for (int i = 0; i < 300; i++) {
            write("record " + i + ",");
        }
        byte[] all = Arrays.copyOfRange(kernel.in.array(), kernel.read, kernel.in.position());
        kernel.in.position(kernel.read);
        Random random = new Random(7);
        ByteBuffer into = ByteBuffer.allocate(64 * 1024);
        StringBuilder text = new StringBuilder();
        int at = 0;
        while (at < all.length || stream.hasBufferedInput()) {
            int count = Math.min(all.length - at, random.nextInt(4_000));
            kernel.in.put(all, at, count);
            at += count;
            stream.read(into.clear());
            text.append(UTF_8.decode(into.flip()));
        }
        stream.read(into.clear());
        assertThat(text).startsWith("record 0,record 1,").endsWith("record 298,record 299,");
        assertThat(text.toString().split(",")).hasSize(300);
    }

    @Test
    void endsAPeerThatSendsOnlyKeyUpdates() throws Exception {
        ByteBuffer record = ByteBuffer.allocate(17 * 1024);
        for (int i = 0; i < 300; i++) {
            peer.getSslEngine().beginHandshake();
            peer.getSslEngine().wrap(ByteBuffer.allocate(0), record.clear());
            kernel.in.put(record.flip());
        }
        ByteBuffer into = ByteBuffer.allocate(64 * 1024);
        assertThat(stream.read(into)).as("one turn has 64 records").isZero();
        assertThat(stream.hasBufferedInput()).isTrue();
        assertThatThrownBy(() -> stream.read(into))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("more than 100 TLS records without application data");
    }

    @Test
    void permitsOneKeyUpdateForTenRecordsWithData() throws Exception {
        ByteBuffer into = ByteBuffer.allocate(64 * 1024);
        int all = 0;
        for (int i = 0; i < 500; i++) {
            peer.getSslEngine().beginHandshake();
            for (int j = 0; j < 10; j++) {
                write("x");
            }
            all += stream.read(into.clear());
            readAtClient();
        }
        assertThat(all).isEqualTo(5_000);
    }

    @Test
    void failsAHandshakeOfTooManyRecords() throws Exception {
        Kernel other = new Kernel();
        TlsRecords records = new TlsRecords(other);
        TlsStream fresh =
                new TlsStream(
                        other,
                        records,
                        ServerTlsChannel.newBuilder(records, certificate.own()).build());
        byte[] hello = HelloFlood.clientHello();
        for (int i = RECORD_HEADER; i < hello.length; i++) {
            other.in.put(new byte[] {22, 3, 3, 0, 1, hello[i]});
        }
        assertThat(hello.length).isGreaterThan(150);
        assertThatThrownBy(fresh::handshake)
                .isInstanceOf(IOException.class)
                .hasMessageContaining("more than 100 TLS records without application data");
    }

    @Test
    void writeToAClosedStreamFails() throws Exception {
        stream.close();
        assertThat(stream.isOpen()).isFalse();
        assertThatThrownBy(() -> stream.write(ByteBuffer.wrap(new byte[1])))
                .isInstanceOf(IOException.class);
    }
}
