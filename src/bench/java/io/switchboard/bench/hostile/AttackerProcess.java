package io.switchboard.bench.hostile;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.switchboard.bench.BenchException;
import io.switchboard.bench.attack.Attack;
import io.switchboard.bench.attack.Attacker;
import io.switchboard.bench.attack.Target;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The JVM that attacks. Its code is compiled simply, so that it leaves more CPU to the others. */
final class AttackerProcess implements AutoCloseable {
    private final Process process;
    private final BufferedReader output;
    private double answersPerSecond = Double.NaN;
    private String result = "the attacker failed: see attacker.log";

    AttackerProcess(Attack attack, Target target, Path log) {
        try {
            process =
                    new ProcessBuilder(
                                    Path.of(System.getProperty("java.home"), "bin", "java")
                                            .toString(),
                                    "-XX:+UseSerialGC",
                                    "-XX:TieredStopAtLevel=1",
                                    "-Xmx512m",
                                    "-cp",
                                    System.getProperty("java.class.path"),
                                    Attacker.class.getName(),
                                    attack.name(),
                                    String.valueOf(target.tcpPort()),
                                    String.valueOf(target.httpPort()),
                                    String.valueOf(target.sidePort()),
                                    String.valueOf(target.quick()))
                            .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
                            .start();
            output = process.inputReader(UTF_8);
        } catch (IOException e) {
            throw new BenchException("cannot start the attacker", e);
        }
    }

    /** Returns when the attack has begun. */
    void awaitBegin() {
        await(Attacker.BEGUN);
    }

    /** Returns when the attack has ended, or the attacker has exited. */
    void awaitEnd() {
        await(Attacker.ENDED);
    }

    /** Reads the result and returns when the attacker has exited. */
    void awaitExit() {
        await("");
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            throw new BenchException("interrupted", e);
        }
    }

    private void await(String expected) {
        try {
            String line = output.readLine();
            while (line != null && !line.equals(expected)) {
                note(line);
                line = output.readLine();
            }
        } catch (IOException e) {
            throw new BenchException("cannot read from the attacker", e);
        }
    }

    private void note(String line) {
        if (line.startsWith(Attacker.RESULT)) {
            result = line.substring(Attacker.RESULT.length());
        } else if (line.startsWith(Attacker.ANSWERS)) {
            answersPerSecond = Double.parseDouble(line.substring(Attacker.ANSWERS.length()));
        }
    }

    String result() {
        return result;
    }

    /** Returns the answers per second, or null if the attack asks no questions. */
    @Nullable Double answersPerSecond() {
        return Double.isNaN(answersPerSecond) ? null : answersPerSecond;
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
