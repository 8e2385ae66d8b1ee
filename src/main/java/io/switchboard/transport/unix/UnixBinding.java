package io.switchboard.transport.unix;

import io.switchboard.net.Endpoint;
import io.switchboard.transport.config.BindFailure;
import io.switchboard.transport.stream.Binding;
import io.switchboard.transport.stream.ConnectionInfo;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Set;
import jdk.net.ExtendedSocketOptions;
import jdk.net.UnixDomainPrincipal;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The path that a Unix-domain listener binds to (unix(7)).
 *
 * <p>The socket file stays when its process ends without removing it. Before it binds, this class
 * therefore connects to a file that is already there: if the connection is refused, no process
 * listens on it and the file is deleted. Every user who may write to the file may connect.
 */
public final class UnixBinding implements Binding {
    private static final Logger log = LoggerFactory.getLogger("io.switchboard.transport.listener");
    private static final Set<PosixFilePermission> DIRECTORY_MODE =
            PosixFilePermissions.fromString("rwx------");

    private final String listener;
    private final Path path;
    private final Set<PosixFilePermission> mode;

    /**
     * The file key (device and inode) of the socket file that {@link #bind} created; null before
     * that. Another process may have replaced the file since.
     */
    private volatile @Nullable Object boundFile;

    /** Creates a binding that gives the socket file the permissions {@code mode}. */
    public UnixBinding(String listener, Path path, Set<PosixFilePermission> mode) {
        this.listener = listener;
        this.path = path;
        this.mode = mode;
    }

    @Override
    public ServerSocketChannel bind(int backlog) {
        try {
            makeDirectory();
            removeStale();
            ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            try {
                channel.bind(UnixDomainSocketAddress.of(path), backlog);
                Files.setPosixFilePermissions(path, mode);
                boundFile = fileKey();
                return channel;
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
        } catch (IOException e) {
            throw new BindFailure(listener, path, e);
        }
    }

    /** Creates the parent directory if it does not exist; only this user may enter it. */
    private void makeDirectory() throws IOException {
        Path directory = path.toAbsolutePath().getParent();
        if (directory != null && !Files.exists(directory)) {
            Files.createDirectories(
                    directory, PosixFilePermissions.asFileAttribute(DIRECTORY_MODE));
        }
    }

    private void removeStale() throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if (!Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .isOther()) {
            throw new BindException("a file of that name exists and is not a socket");
        }
        try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            probe.configureBlocking(false); // connect(2) must not wait if the backlog is full
            probe.connect(UnixDomainSocketAddress.of(path));
        } catch (ConnectException e) {
            log.info(
                    "listener {}: removes the stale socket {}: no process listens on it",
                    listener,
                    path);
            Files.delete(path);
            return;
        }
        throw new BindException("Address already in use: another process listens on it");
    }

    /** Returns false if the file was removed or replaced, for example by a cleaner of /tmp. */
    @Override
    public boolean isIntact() {
        try {
            return isBoundFile();
        } catch (IOException e) {
            return false;
        }
    }

    private boolean isBoundFile() throws IOException {
        return boundFile != null && Objects.equals(boundFile, fileKey());
    }

    @Override
    public void unbind() {
        try {
            if (isBoundFile()) {
                Files.delete(path);
            }
        } catch (NoSuchFileException e) {
            log.debug("listener {}: {} was removed already", listener, path);
        } catch (IOException e) {
            log.warn("listener {}: removing {} failed: {}", listener, path, e.toString());
        }
    }

    private @Nullable Object fileKey() throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .fileKey();
    }

    /** Returns the user and group of the connecting process (SO_PEERCRED, unix(7)). */
    @Override
    public ConnectionInfo info(SocketChannel connected) throws IOException {
        UnixDomainPrincipal peer = connected.getOption(ExtendedSocketOptions.SO_PEERCRED);
        String clientPath =
                connected.getRemoteAddress() instanceof UnixDomainSocketAddress bound
                        ? bound.getPath().toString()
                        : "";
        return ConnectionInfo.NONE.withCredentials(
                new Endpoint.Local(clientPath, peer.user().getName(), peer.group().getName()));
    }
}
