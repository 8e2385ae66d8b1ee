package io.switchboard;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;

/** Python as one types into it, one statement after the other. */
final class PythonTerminal implements AutoCloseable {
    /** Behind the output of each statement. */
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

    PythonTerminal() throws IOException {
        Programs.require("python3", "python3");
        python = Child.startWithErrors("python3", "-c", INTERPRETER);
    }

    /**
     * Types a statement, and does not wait for it.
     *
     * @param statement of one line, or of several
     */
    void type(String statement) throws IOException {
        python.type(statement + "\n");
    }

    /** What the statement has printed when it is done, of an exception the last line. */
    String printed() {
        await("the end of a statement")
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(5))
                .atMost(Duration.ofSeconds(30))
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
