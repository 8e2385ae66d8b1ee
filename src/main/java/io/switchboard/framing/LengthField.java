package io.switchboard.framing;

/** How a length is written. */
sealed interface LengthField {

    /** As behind {@code length:}. */
    String word();

    /** In bytes. */
    int width();

    /** The greatest length that it can say. */
    long most();

    /** Whether this byte may be one of its. */
    boolean takes(byte value);

    /** The length, from {@link #width} bytes that it takes. */
    long read(byte[] bytes, int at);

    void write(long length, byte[] target, int at);

    /**
     * An unsigned number.
     *
     * @param width 1, 2 or 4
     * @param little whether the lowest byte comes first
     */
    record Binary(int width, boolean little) implements LengthField {

        @Override
        public String word() {
            return little ? width + ",little" : Integer.toString(width);
        }

        @Override
        public long most() {
            return (1L << (8 * width)) - 1;
        }

        @Override
        public boolean takes(byte value) {
            return true;
        }

        @Override
        public long read(byte[] bytes, int at) {
            long length = 0;
            for (int i = 0; i < width; i++) {
                byte next = bytes[little ? at + width - 1 - i : at + i];
                length = (length << 8) | (next & 0xff);
            }
            return length;
        }

        @Override
        public void write(long length, byte[] target, int at) {
            for (int i = 0; i < width; i++) {
                target[little ? at + i : at + width - 1 - i] = (byte) (length >> (8 * i));
            }
        }
    }

    /**
     * ASCII digits with leading zeros.
     *
     * @param width 1 to 9
     */
    record Decimal(int width) implements LengthField {

        @Override
        public String word() {
            return "ascii" + width;
        }

        @Override
        public long most() {
            long power = 1;
            for (int i = 0; i < width; i++) {
                power *= 10;
            }
            return power - 1;
        }

        @Override
        public boolean takes(byte value) {
            return value >= '0' && value <= '9';
        }

        @Override
        public long read(byte[] bytes, int at) {
            long length = 0;
            for (int i = 0; i < width; i++) {
                length = 10 * length + bytes[at + i] - '0';
            }
            return length;
        }

        @Override
        public void write(long length, byte[] target, int at) {
            long rest = length;
            for (int i = width - 1; i >= 0; i--) {
                target[at + i] = (byte) ('0' + rest % 10);
                rest /= 10;
            }
        }
    }
}
