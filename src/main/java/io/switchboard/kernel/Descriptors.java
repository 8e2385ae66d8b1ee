package io.switchboard.kernel;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;

/** The descriptors of this process, as proc_pid_fd(5) lists them. */
public final class Descriptors {
    private static final Path OPEN = Path.of("/proc/self/fd");

    private Descriptors() {}

    /** Returns the descriptor of the socket with this inode; reads a link for each open file. */
    public static OptionalInt ofSocket(long inode) {
        Path wanted = Path.of("socket:[" + inode + "]");
        try (DirectoryStream<Path> links = Files.newDirectoryStream(OPEN)) {
            for (Path link : links) {
                if (leadsTo(link, wanted)) {
                    return OptionalInt.of(Integer.parseInt(link.getFileName().toString()));
                }
            }
        } catch (IOException e) {
            return OptionalInt.empty(); // no /proc here
        }
        return OptionalInt.empty();
    }

    private static boolean leadsTo(Path link, Path wanted) {
        try {
            return Files.readSymbolicLink(link).equals(wanted);
        } catch (IOException e) {
            return false; // closed meanwhile
        }
    }
}
