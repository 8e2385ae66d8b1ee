package io.switchboard.transport;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/** What RLIMIT_NOFILE (getrlimit(2)) leaves for peers. */
public final class OpenFiles {
    private static final int MOST = 50_000;
    private static final int KEPT_FOR_OURSELVES = 512;

    private OpenFiles() {}

    /** How many files this process may have open; without bound where nobody tells. */
    public static long limit() {
        return ManagementFactory.getOperatingSystemMXBean()
                        instanceof UnixOperatingSystemMXBean unix
                ? unix.getMaxFileDescriptorCount()
                : Long.MAX_VALUE;
    }

    static int connectionLimit() {
        return connectionLimit(limit());
    }

    /** Below 1,024 open files what we need ourselves is half of them rather than 512. */
    static int connectionLimit(long openFiles) {
        long left = openFiles - Math.min(KEPT_FOR_OURSELVES, openFiles / 2);
        return Math.clamp(left, 1, MOST);
    }
}
