package io.switchboard.docs;

import io.switchboard.testkit.Child;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * A command that a page shows.
 *
 * @param below the lines below it: its output, or a dialogue with nc
 */
record PageCommand(String command, List<String> below) {
    private static final Pattern ID = Pattern.compile("[0-9a-z]{6}-[dm]?\\d+");
    private static final Pattern COMMAND = Pattern.compile("( {4,})\\$ (.*)");

    /** Returns the commands of a part of a page. */
    static List<PageCommand> read(Path page, Predicate<String> first, Predicate<String> end)
            throws IOException {
        List<PageCommand> commands = new ArrayList<>();
        List<String> lines =
                Files.readString(page)
                        .lines()
                        .dropWhile(first.negate())
                        .takeWhile(line -> first.test(line) || end.negate().test(line))
                        .toList();
        String indent = "";
        for (String line : lines) {
            var command = COMMAND.matcher(line);
            if (command.matches()) {
                indent = command.group(1);
                commands.add(new PageCommand(command.group(2), new ArrayList<>()));
            } else if (!indent.isEmpty() && line.startsWith(indent)) {
                commands.getLast().below().add(line.substring(indent.length()));
            } else {
                indent = "";
            }
        }
        return commands;
    }

    /** Returns what a command prints. */
    static String run(String command) throws Exception {
        try (Child child = Child.start("bash", "-c", command)) {
            child.endInput();
            child.awaitExit();
            return child.output();
        }
    }

    /** Replaces ids, times, durations and ports, which differ in each run, with any padding. */
    static String normalized(String output) {
        return ID.matcher(output)
                .replaceAll("ID")
                .replaceAll("\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z", "TIME")
                .replaceAll("\"port\":\\d+", "\"port\":PORT")
                .replaceAll("127\\.0\\.0\\.1:\\d+", "127.0.0.1:PORT")
                .replaceAll(" (\\d+m)?\\d+m?s\\b", " DURATION")
                .replaceAll(" +", " ")
                .strip();
    }
}
