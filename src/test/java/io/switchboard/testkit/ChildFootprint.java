package io.switchboard.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * The resources of a process that a test has started, from proc(5).
 *
 * @param descriptors the number of open file descriptors, including sockets
 * @param resident the resident anonymous memory in bytes ({@code RssAnon})
 */
public record ChildFootprint(int descriptors, long resident) {

    public static ChildFootprint of(Child child) throws IOException {
        Path proc = Path.of("/proc", Long.toString(child.pid()));
        try (Stream<Path> open = Files.list(proc.resolve("fd"));
                Stream<String> status = Files.lines(proc.resolve("status"))) {
            long kilobytes =
                    status.filter(line -> line.startsWith("RssAnon:"))
                            .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                            .findFirst()
                            .orElseThrow();
            return new ChildFootprint((int) open.count(), kilobytes * 1024);
        }
    }
}
