package io.switchboard;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What src/docs/tutorial.md has people type, in its order.
 *
 * @param options of the service, as its first command has them
 * @param pairs what stands side by side
 * @param server the whole one, in Python
 * @param loop the same, in bash
 */
record TutorialPage(List<String> options, List<Pair> pairs, String server, String loop) {
    private static final Pattern PAIR =
            Pattern.compile(
                    "<tr><td>\n\n```python\n(.*?)\n```\n\n</td><td>\n\n```(\\w+)\n(.*?)\n```\n\n</td></tr>",
                    Pattern.DOTALL);
    private static final Pattern OPTION = Pattern.compile("--(switchboard\\.[^ \"]+)");
    private static final String WAITS = "  # waits";

    /** Left and right. */
    record Pair(List<Step> python, List<Step> shell) {}

    /**
     * Something that is typed, and what comes of it.
     *
     * @param input its lines, joined by LF
     * @param output the same; empty for nothing
     * @param waits whether it comes back only when the other side is through
     */
    record Step(String input, String output, boolean waits) {

        private Step andTyped(String line) {
            return new Step(input + "\n" + line, output, waits);
        }

        private Step andPrinted(String line) {
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
                steps.add(steps.removeLast().andTyped(""));
            } else {
                steps.add(steps.removeLast().andPrinted(line));
            }
        }
        return steps;
    }
}
