package io.switchboard;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Starts files of src/samples as their comments say. */
final class Sample {
    /** The one of the tests, not of the PATH: that may be older. */
    static final String JAVA = System.getProperty("java.home") + "/bin/java";

    private static final Map<String, String> PACKAGES =
            Map.of("python3", "python3", "node", "nodejs", "bash", "bash");

    private Sample() {}

    /**
     * What it prints has its errors too.
     *
     * @param program that runs it; one that is missing skips the test
     */
    static Child start(String program, String file, String... arguments) throws IOException {
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
