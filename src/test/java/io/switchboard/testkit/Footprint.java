package io.switchboard.testkit;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;

/**
 * The resources of this JVM.
 *
 * @param descriptors the number of open file descriptors, including sockets
 * @param threads the number of live platform threads
 * @param heap heap bytes in use right after a garbage collection
 * @param direct bytes of direct buffers
 */
public record Footprint(long descriptors, int threads, long heap, long direct) {

    public static Footprint now() {
        // memory that cleaners release is free only after the next collection
        for (int i = 0; i < 3; i++) {
            ManagementFactory.getMemoryMXBean().gc();
        }
        return new Footprint(
                ((UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                        .getOpenFileDescriptorCount(),
                ManagementFactory.getThreadMXBean().getThreadCount(),
                ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed(),
                ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                        .filter(pool -> pool.getName().equals("direct"))
                        .mapToLong(BufferPoolMXBean::getMemoryUsed)
                        .sum());
    }
}
