package io.switchboard.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A process that a test has started, with its collected output and its input. */
public final class Child implements AutoCloseable {
    /** Longer than the general limit: on a busy machine, the start of a JVM takes a minute. */
    private static final Duration LIMIT = Duration.ofMinutes(3);

    private final Process process;
    private final ByteArrayOutputStream output = new ByteArrayOutputStream();
    private final Thread reader;

    private Child(ProcessBuilder builder) throws IOException {
        process = builder.start();
        // not a virtual thread: reading a pipe blocks the carrier thread
        reader = Thread.ofPlatform().daemon().name("output").start(this::collect);
    }

    /** Starts a command; discards its standard error. */
    public static Child start(String... command) throws IOException {
        return new Child(
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD));
    }

    /** Starts a command whose standard error is added to its output. */
    public static Child startWithErrors(String... command) throws IOException {
        return new Child(new ProcessBuilder(command).redirectErrorStream(true));
    }

    /** Starts a main class of the tests in a JVM of the same version. */
    public static Child java(Class<?> main, String... arguments) throws IOException {
        return start(
                jvm(),
                List.of("-cp", System.getProperty("java.class.path"), main.getName()),
                List.of(arguments));
    }

    /** Returns the start of a command that runs this JVM's {@code java}, tuned for a short run. */
    static List<String> jvm() {
        return List.of(System.getProperty("java.home") + "/bin/java", "-XX:TieredStopAtLevel=1");
    }

    /** Starts the service in a JVM of the same version. */
    public static Child service(List<String> arguments) throws IOException {
        return service(List.of(), arguments);
    }

    /** Starts the service with these JVM options, such as {@code -Xmx96m}. */
    static Child serviceWithOptions(String options, List<String> arguments) throws IOException {
        return serviceWithEnvironment(Map.of("JAVA_TOOL_OPTIONS", options), arguments);
    }

    /** Starts the service with more classes and with these JVM options. */
    static Child serviceWithClasses(Path classes, String options, List<String> arguments)
            throws IOException {
        return start(
                List.of("env", "JAVA_TOOL_OPTIONS=" + options),
                ServiceJar.command(classes),
                arguments);
    }

    /** Starts the service with these environment variables. */
    static Child serviceWithEnvironment(Map<String, String> variables, List<String> arguments)
            throws IOException {
        List<String> environment = new ArrayList<>(List.of("env"));
        variables.forEach((name, value) -> environment.add(name + "=" + value));
        return service(environment, arguments);
    }

    /** Starts the service with this limit on open file descriptors. */
    static Child serviceWithOpenFiles(int limit, List<String> arguments) throws IOException {
        return service(
                List.of("bash", "-c", "ulimit -n \"$0\" && exec \"$@\"", Integer.toString(limit)),
                arguments);
    }

    private static Child service(List<String> before, List<String> arguments) throws IOException {
        return start(before, ServiceJar.command(), arguments);
    }

    private static Child start(List<String> before, List<String> command, List<String> arguments)
            throws IOException {
        List<String> all = new ArrayList<>(before);
        all.addAll(command);
        all.addAll(arguments);
        return startWithErrors(all.toArray(String[]::new));
    }

    private void collect() {
        byte[] buffer = new byte[8 * 1024];
        try (InputStream in = process.getInputStream()) {
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                synchronized (output) {
                    output.write(buffer, 0, count);
                }
            }
        } catch (IOException e) {
            // the process was destroyed; the output before that is kept
        }
    }

    /** Returns the output so far. */
    public String output() {
        return new String(outputBytes(), UTF_8);
    }

    public byte[] outputBytes() {
        synchronized (output) {
            return output.toByteArray();
        }
    }

    /** Waits until the output contains this text. */
    public void awaitOutput(String text) {
        await("the program prints " + text)
                .atMost(LIMIT)
                .untilAsserted(() -> assertThat(output()).contains(text));
    }

    public void type(String text) throws IOException {
        process.getOutputStream().write(text.getBytes(UTF_8));
        process.getOutputStream().flush();
    }

    /** Closes the input of the process, as Ctrl-D does. */
    public void endInput() throws IOException {
        process.getOutputStream().close();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    public long pid() {
        return process.pid();
    }

    /** Sends SIGTERM. Uses the handle, because Process.destroy would also close the output. */
    public void terminate() {
        process.toHandle().destroy();
    }

    /** Sends SIGSTOP: the process keeps its resources but does not run until {@link #resume}. */
    public void pause() throws IOException, InterruptedException {
        signal("STOP");
        await("the program is stopped").until(this::isStopped);
    }

    /** Sends SIGCONT. */
    public void resume() throws IOException, InterruptedException {
        signal("CONT");
    }

    /** Sends SIGHUP. */
    public void hangUp() throws IOException, InterruptedException {
        signal("HUP");
    }

    private void signal(String signal) throws IOException, InterruptedException {
        // kill is built into the shell; the program is not on every machine
        try (Child kill = startWithErrors("sh", "-c", "kill -%s %d".formatted(signal, pid()))) {
            assertThat(kill.awaitExit()).as(kill.output()).isZero();
        }
    }

    /** Reads the state from proc_pid_stat(5): it follows the name, which is in parentheses. */
    private boolean isStopped() throws IOException {
        String stat = Files.readString(Path.of("/proc", Long.toString(pid()), "stat"));
        return stat.startsWith("T", stat.lastIndexOf(')') + 2);
    }

    /** Waits until the process has ended and its output is complete; returns the exit code. */
    public int awaitExit() throws InterruptedException {
        return awaitExit(LIMIT);
    }

    /** Waits at most this long until the process has ended; returns the exit code. */
    public int awaitExit(Duration timeout) throws InterruptedException {
        assertThat(process.waitFor(timeout.toSeconds(), TimeUnit.SECONDS))
                .as("process %s ends; it printed: %s", process.info().commandLine(), output())
                .isTrue();
        reader.join();
        return process.exitValue();
    }

    /** Kills the process and those that it has started, which could outlive it. */
    @Override
    public void close() {
        List<ProcessHandle> started = process.descendants().toList();
        process.destroyForcibly().onExit().join();
        started.forEach(ProcessHandle::destroyForcibly);
    }
}
