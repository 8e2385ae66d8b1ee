package io.switchboard.kernel;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;

/** Finds file descriptors of this process in {@code /proc/self/fd} (proc_pid_fd(5)). */
public final class Descriptors {
    private static final Path OPEN = Path.of("/proc/self/fd");

    private Descriptors() {}

    /**
     * Returns the descriptor of the socket with this inode; empty if there is none, or no {@code
     * /proc}. Reads the symbolic links of the open files until it finds the socket.
     */
    public static OptionalInt ofSocket(long inode) {
        Path wanted = Path.of("socket:[" + inode + "]");
        try (DirectoryStream<Path> links = Files.newDirectoryStream(OPEN)) {
            for (Path link : links) {
                if (pointsTo(link, wanted)) {
                    return OptionalInt.of(Integer.parseInt(link.getFileName().toString()));
                }
            }
        } catch (IOException e) {
            return OptionalInt.empty(); // this system has no /proc
        }
        return OptionalInt.empty();
    }

    private static boolean pointsTo(Path link, Path wanted) {
        try {
            return Files.readSymbolicLink(link).equals(wanted);
        } catch (IOException e) {
            return false; // the descriptor was closed after it was listed
        }
    }
}
