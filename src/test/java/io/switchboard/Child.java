package io.switchboard;

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

/** A process that a test has started: what it printed so far, and its input. */
final class Child implements AutoCloseable {
    private static final Duration LONGEST = Duration.ofSeconds(60);

    private final Process process;
    private final ByteArrayOutputStream output = new ByteArrayOutputStream();
    private final Thread reader;

    private Child(ProcessBuilder builder) throws IOException {
        process = builder.start();
        // not a virtual one: reading a pipe takes the processor's own thread away from all others
        reader = Thread.ofPlatform().daemon().name("output").start(this::gather);
    }

    /** Its standard error is not gathered. */
    static Child start(String... command) throws IOException {
        return new Child(
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD));
    }

    /** Its standard error is part of its output. */
    static Child startWithErrors(String... command) throws IOException {
        return new Child(new ProcessBuilder(command).redirectErrorStream(true));
    }

    /** A main class of these tests in a JVM like this one. */
    static Child java(Class<?> main, String... arguments) throws IOException {
        return start(
                jvm(),
                List.of("-cp", System.getProperty("java.class.path"), main.getName()),
                List.of(arguments));
    }

    /**
     * The start of a command: this JVM's program, for a short life, in which it compiles little.
     */
    static List<String> jvm() {
        return List.of(System.getProperty("java.home") + "/bin/java", "-XX:TieredStopAtLevel=1");
    }

    /** The service in a JVM like this one. */
    static Child service(List<String> arguments) throws IOException {
        return service(List.of(), arguments);
    }

    /** The same, with these options for its JVM, such as {@code -Xmx96m}. */
    static Child serviceWithOptions(String options, List<String> arguments) throws IOException {
        return serviceWithEnvironment(Map.of("JAVA_TOOL_OPTIONS", options), arguments);
    }

    /** The same, with these variables in its environment. */
    static Child serviceWithEnvironment(Map<String, String> variables, List<String> arguments)
            throws IOException {
        List<String> environment = new ArrayList<>(List.of("env"));
        variables.forEach((name, value) -> environment.add(name + "=" + value));
        return service(environment, arguments);
    }

    /** The same, with fewer descriptors to open. */
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

    private void gather() {
        byte[] buffer = new byte[8 * 1024];
        try (InputStream in = process.getInputStream()) {
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                synchronized (output) {
                    output.write(buffer, 0, count);
                }
            }
        } catch (IOException e) {
            // it was destroyed: what it printed before counts
        }
    }

    /** What it has printed so far. */
    String output() {
        return new String(outputBytes(), UTF_8);
    }

    byte[] outputBytes() {
        synchronized (output) {
            return output.toByteArray();
        }
    }

    /** Waits until it has printed this. */
    void awaitOutput(String text) {
        await("the program prints " + text)
                .atMost(LONGEST)
                .untilAsserted(() -> assertThat(output()).contains(text));
    }

    void type(String text) throws IOException {
        process.getOutputStream().write(text.getBytes(UTF_8));
        process.getOutputStream().flush();
    }

    /** Ends its input, as Ctrl-D does. */
    void endInput() throws IOException {
        process.getOutputStream().close();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    long pid() {
        return process.pid();
    }

    /** Asks it to stop, with SIGTERM. By its handle: Process.destroy would close its output. */
    void terminate() {
        process.toHandle().destroy();
    }

    /** Stops it by SIGSTOP: it has all it had, and does nothing, until {@link #resume}. */
    void pause() throws IOException, InterruptedException {
        signal("STOP");
        await("the program is stopped").until(this::isStopped);
    }

    /** Goes on by SIGCONT. */
    void resume() throws IOException, InterruptedException {
        signal("CONT");
    }

    private void signal(String signal) throws IOException, InterruptedException {
        // the shell's own: the program is not on every machine
        try (Child kill = startWithErrors("sh", "-c", "kill -%s %d".formatted(signal, pid()))) {
            assertThat(kill.awaitExit()).as(kill.output()).isZero();
        }
    }

    /** By proc_pid_stat(5): the state follows the name, which stands in brackets. */
    private boolean isStopped() throws IOException {
        String stat = Files.readString(Path.of("/proc", Long.toString(pid()), "stat"));
        return stat.startsWith("T", stat.lastIndexOf(')') + 2);
    }

    /** Waits for its end and for the last of its output; returns its exit code. */
    int awaitExit() throws InterruptedException {
        return awaitExit(LONGEST);
    }

    /** The same, of one that takes so long. */
    int awaitExit(Duration longest) throws InterruptedException {
        assertThat(process.waitFor(longest.toSeconds(), TimeUnit.SECONDS))
                .as("process %s ends; it printed: %s", process.info().commandLine(), output())
                .isTrue();
        reader.join();
        return process.exitValue();
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
