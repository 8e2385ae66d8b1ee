package io.switchboard.testkit;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Starts programs of src/samples as their comments describe. */
public final class Sample {
    /** The java of this JVM; the one on the PATH may be older. */
    public static final String JAVA = System.getProperty("java.home") + "/bin/java";

    private static final Map<String, String> PACKAGES =
            Map.of("python3", "python3", "node", "nodejs", "bash", "bash");

    private Sample() {}

    /**
     * Starts a sample whose standard error is added to its output.
     *
     * @param program the interpreter; if it is missing, the test is skipped or fails
     */
    public static Child start(String program, String file, String... arguments) throws IOException {
        String debianPackage = PACKAGES.get(program);
        if (debianPackage != null) {
            Programs.require(program, debianPackage);
        }
        List<String> command = new ArrayList<>();
        command.add(program);
        command.add(Path.of("src/samples", file).toString());
        command.addAll(List.of(arguments));
        return Child.startWithErrors(command.toArray(String[]::new));
    }
}
