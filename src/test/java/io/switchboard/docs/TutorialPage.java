package io.switchboard.docs;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The commands and outputs of src/docs/tutorial.md, in order.
 *
 * @param options the options of the service in the first command
 * @param pairs the examples that the page shows side by side
 * @param server the complete server in Python
 * @param loop the equivalent of the server in bash
 */
record TutorialPage(List<String> options, List<Pair> pairs, String server, String loop) {
    private static final Pattern PAIR =
            Pattern.compile(
                    "<tr><td>\n\n```python\n(.*?)\n```\n\n</td><td>\n\n```(\\w+)\n(.*?)\n```\n\n</td></tr>",
                    Pattern.DOTALL);
    private static final Pattern OPTION = Pattern.compile("--(switchboard\\.[^ \"]+)");
    private static final String WAITS = "  # waits";

    /** The left and the right side of an example. */
    record Pair(List<Step> python, List<Step> shell) {}

    /**
     * An input and its output.
     *
     * @param input the lines, joined by LF
     * @param output the lines, joined by LF; empty if there are none
     * @param waits whether the input returns only after all steps of the other side
     */
    record Step(String input, String output, boolean waits) {

        private Step withInput(String line) {
            return new Step(input + "\n" + line, output, waits);
        }

        private Step withOutput(String line) {
            return new Step(input, output.isEmpty() ? line : output + "\n" + line, waits);
        }
    }

    static TutorialPage of(String markdown) {
        List<Pair> pairs = new ArrayList<>();
        String server = "";
        String loop = "";
        Matcher found = PAIR.matcher(markdown);
        while (found.find()) {
            String left = found.group(1);
            String right = found.group(3);
            if (found.group(2).equals("console")) {
                pairs.add(new Pair(steps(left, ">>> "), steps(right, "$ ")));
            } else {
                server = left;
                loop = right;
            }
        }
        List<String> options =
                OPTION.matcher(markdown).results().map(option -> option.group(1)).toList();
        return new TutorialPage(options, pairs, server, loop);
    }

    private static List<Step> steps(String typescript, String prompt) {
        List<Step> steps = new ArrayList<>();
        for (String line : typescript.split("\n", -1)) {
            if (line.startsWith(prompt)) {
                String typed = line.substring(prompt.length());
                steps.add(new Step(typed.replace(WAITS, ""), "", typed.endsWith(WAITS)));
            } else if (line.equals("...")) {
                steps.add(steps.removeLast().withInput(""));
            } else {
                steps.add(steps.removeLast().withOutput(line));
            }
        }
        return steps;
    }
}
