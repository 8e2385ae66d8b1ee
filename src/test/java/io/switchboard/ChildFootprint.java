package io.switchboard;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * What a process that a test has started holds, as proc(5) tells it.
 *
 * @param descriptors open files, sockets among them
 * @param resident bytes of memory of its own that are not paged out: {@code RssAnon}
 */
record ChildFootprint(int descriptors, long resident) {

    static ChildFootprint of(Child child) throws IOException {
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
