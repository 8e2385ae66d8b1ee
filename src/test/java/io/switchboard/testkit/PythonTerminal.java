package io.switchboard.testkit;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;

/** An interactive Python interpreter that executes one statement after the other. */
public final class PythonTerminal implements AutoCloseable {
    /** The interpreter prints this after the output of each statement. */
    private static final String END = "\u0004";

    private static final String INTERPRETER =
            """
            import code, sys
            sys.stderr = sys.stdout
            console = code.InteractiveConsole()
            for line in sys.stdin:
                if not console.push(line.rstrip('\\n')):
                    print('\\x04', end='', flush=True)
            """;

    private final Child python;
    private int read;

    public PythonTerminal() throws IOException {
        Programs.require("python3", "python3");
        python = Child.startWithErrors("python3", "-c", INTERPRETER);
    }

    /**
     * Types a statement without waiting for its end.
     *
     * @param statement one line or several
     */
    public void type(String statement) throws IOException {
        python.type(statement + "\n");
    }

    /** Waits for the end of the statement; returns its output, or the last line of a traceback. */
    public String printed() {
        await("the end of a statement")
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> python.output().indexOf(END, read) >= 0);
        int end = python.output().indexOf(END, read);
        String printed = python.output().substring(read, end).stripTrailing();
        read = end + END.length();
        return printed.startsWith("Traceback")
                ? printed.substring(printed.lastIndexOf('\n') + 1)
                : printed;
    }

    @Override
    public void close() {
        python.close();
    }
}
