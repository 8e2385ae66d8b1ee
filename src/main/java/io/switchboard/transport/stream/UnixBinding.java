package io.switchboard.transport.stream;

import io.switchboard.peer.Endpoint;
import io.switchboard.transport.BindFailure;
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
 * A path of the file system (unix(7)).
 *
 * <p>The file outlives the process that bound it, unless that removes it: one that was left is
 * known by a connect that is refused, and removed. Whoever may write to the file may connect.
 */
final class UnixBinding implements Binding {
    private static final Logger log = LoggerFactory.getLogger("io.switchboard.transport.listener");
    private static final Set<PosixFilePermission> DIRECTORY =
            PosixFilePermissions.fromString("rwx------");

    private final String listener;
    private final Path path;
    private final Set<PosixFilePermission> mode;

    /** Which file is ours: another process may have put its own there since. */
    private volatile @Nullable Object bound;

    /** The mode is the file's permissions. */
    UnixBinding(String listener, Path path, Set<PosixFilePermission> mode) {
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
                bound = key();
                return channel;
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
        } catch (IOException e) {
            throw new BindFailure(listener, path, e);
        }
    }

    /** For this user alone, where there is none yet. */
    private void makeDirectory() throws IOException {
        Path directory = path.toAbsolutePath().getParent();
        if (directory != null && !Files.exists(directory)) {
            Files.createDirectories(directory, PosixFilePermissions.asFileAttribute(DIRECTORY));
        }
    }

    private void removeStale() throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if (!Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .isOther()) {
            throw new BindException("there is a file of that name, and it is no socket");
        }
        try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            probe.configureBlocking(false); // a full backlog must not keep us
            probe.connect(UnixDomainSocketAddress.of(path));
        } catch (ConnectException e) {
            log.info("listener {}: removes {}, which nobody listens to", listener, path);
            Files.delete(path);
            return;
        }
        throw new BindException("Address already in use: somebody listens there");
    }

    /** No longer when the file was removed, or is another one: a cleaner of /tmp, for instance. */
    @Override
    public boolean isIntact() {
        try {
            return isOurs();
        } catch (IOException e) {
            return false;
        }
    }

    private boolean isOurs() throws IOException {
        return bound != null && Objects.equals(bound, key());
    }

    @Override
    public void unbind() {
        try {
            if (isOurs()) {
                Files.delete(path);
            }
        } catch (NoSuchFileException e) {
            log.debug("listener {}: {} is gone already", listener, path);
        } catch (IOException e) {
            log.warn("listener {}: removing {}: {}", listener, path, e.toString());
        }
    }

    private @Nullable Object key() throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .fileKey();
    }

    /** The user and group of the process at the other end (SO_PEERCRED, unix(7)). */
    @Override
    public Introduction introduction(SocketChannel connected) throws IOException {
        UnixDomainPrincipal peer = connected.getOption(ExtendedSocketOptions.SO_PEERCRED);
        String from =
                connected.getRemoteAddress() instanceof UnixDomainSocketAddress named
                        ? named.getPath().toString()
                        : "";
        return Introduction.NONE.withCredentials(
                new Endpoint.Local(from, peer.user().getName(), peer.group().getName()));
    }
}
