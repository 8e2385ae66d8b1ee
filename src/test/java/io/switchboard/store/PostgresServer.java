package io.switchboard.store;

import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Child;
import io.switchboard.testkit.FreePort;
import io.switchboard.testkit.GeneralLimit;
import io.switchboard.testkit.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.springframework.util.FileSystemUtils;

/**
 * A real PostgreSQL on 127.0.0.1: Debian's, run by the user postgres if the test runs as root,
 * which PostgreSQL refuses. After a restart it has its data and the same port.
 */
public final class PostgresServer implements AutoCloseable {
    private static final String READY = "database system is ready to accept connections";
    private static final String STILL_IN_USE = "pre-existing shared memory block";

    private final Path folder;
    private final Path programs;
    private final int port;
    private Child process;

    private PostgresServer(Path folder, Path programs, int port) throws IOException {
        this.folder = folder;
        this.programs = programs;
        this.port = port;
        this.process = run();
    }

    /** Starts a PostgreSQL; skips the calling test if it is not installed. */
    public static PostgresServer start() throws IOException {
        Programs.require("psql", "postgresql");
        Path folder = Files.createTempDirectory("postgres");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
        Path programs = programs();
        try (Child initdb =
                Child.startWithErrors(
                        command(
                                programs.resolve("initdb"),
                                "-D",
                                folder.resolve("data").toString(),
                                "-U",
                                "test",
                                "--auth=trust",
                                "--locale=C"))) {
            initdb.awaitOutput("Success");
        }
        return new PostgresServer(folder, programs, FreePort.find());
    }

    private static Path programs() throws IOException {
        try (var versions = Files.list(Path.of("/usr/lib/postgresql"))) {
            return versions.map(each -> each.resolve("bin")).max(Path::compareTo).orElseThrow();
        }
    }

    private static String[] command(Path program, String... arguments) {
        List<String> command = new ArrayList<>();
        if ("root".equals(System.getProperty("user.name"))) {
            command.addAll(
                    List.of("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"));
        }
        command.add(program.toString());
        command.addAll(List.of(arguments));
        return command.toArray(String[]::new);
    }

    /** Starts the server; again if processes of a killed one still have its shared memory. */
    private Child run() throws IOException {
        while (true) {
            Files.deleteIfExists(folder.resolve("data/postmaster.pid"));
            Child started = begin();
            await().atMost(GeneralLimit.LIMIT)
                    .until(
                            () ->
                                    started.output().contains(READY)
                                            || started.output().contains(STILL_IN_USE));
            if (started.output().contains(READY)) {
                return started;
            }
            started.close();
        }
    }

    private Child begin() throws IOException {
        return Child.startWithErrors(
                command(
                        programs.resolve("postgres"),
                        "-D",
                        folder.resolve("data").toString(),
                        "-p",
                        Integer.toString(port),
                        "-c",
                        "listen_addresses=127.0.0.1",
                        "-c",
                        "unix_socket_directories="));
    }

    public String url() {
        return "jdbc:postgresql://127.0.0.1:%d/postgres".formatted(port);
    }

    /** Returns the tables as SQL, with an INSERT for each row. */
    String dump() throws IOException, InterruptedException {
        try (Child dump =
                Child.startWithErrors(
                        programs.resolve("pg_dump").toString(),
                        "--host=127.0.0.1",
                        "--port=" + port,
                        "--username=test",
                        "--inserts",
                        "--no-owner",
                        "--no-privileges",
                        "postgres")) {
            if (dump.awaitExit() != 0) {
                throw new IllegalStateException(dump.output());
            }
            return dump.output();
        }
    }

    /** Ends the server at once, as a crash does. */
    public void kill() {
        process.close();
    }

    /** Starts the server again after {@link #kill}. */
    public void restart() throws IOException {
        process = run();
    }

    @Override
    public void close() throws IOException {
        process.close();
        FileSystemUtils.deleteRecursively(folder);
    }
}
