package io.switchboard.docs;

import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The values of the tutorial that differ in each run: ids, ports that the kernel chose, and file
 * descriptors of the service. The first output that contains a value of the page binds it to the
 * value of this run. Two values of the page are never bound to the same value.
 */
final class TutorialValues {
    private static final Pattern VALUE =
            Pattern.compile(
                    "\\b(?:8000|8001|8080|9000)\\b"
                            + "|\\b[0-9a-z]{6}-d?\\d+\\b"
                            + "|\\b(?:3[3-9]|[4-6]\\d)\\d{3}\\b"
                            + "|(?<=\"fileno\":)\\d+");

    private final Map<String, String> bindings = new HashMap<>();

    /** Binds a value of the page to a value of this run. */
    void bind(String shown, String actual) {
        bindings.put(shown, actual);
    }

    /** Replaces the values of the page in an input by those of this run. */
    String fill(String typed) {
        return VALUE.matcher(typed)
                .replaceAll(
                        value -> {
                            String actual = bindings.get(value.group());
                            if (actual == null) {
                                throw new AssertionError(
                                        value.group() + " is typed before any output contains it");
                            }
                            return Matcher.quoteReplacement(actual);
                        });
    }

    /** Returns whether an output is the one that the page shows, and binds new values if so. */
    boolean isShown(String shown, String actual) {
        Map<String, String> groups = new HashMap<>();
        StringBuilder pattern = new StringBuilder();
        Matcher value = VALUE.matcher(shown);
        int done = 0;
        while (value.find()) {
            pattern.append(Pattern.quote(shown.substring(done, value.start())));
            done = value.end();
            String known = bindings.get(value.group());
            if (known != null) {
                pattern.append(Pattern.quote(known));
            } else if (groups.containsKey(value.group())) {
                pattern.append("\\k<").append(groups.get(value.group())).append('>');
            } else {
                String name = "v" + groups.size();
                groups.put(value.group(), name);
                pattern.append("(?<").append(name).append(">[0-9a-z-]+)");
            }
        }
        pattern.append(Pattern.quote(shown.substring(done)));
        Matcher found = Pattern.compile(pattern.toString()).matcher(actual);
        if (!found.matches()) {
            return false;
        }
        for (Map.Entry<String, String> each : groups.entrySet()) {
            String bound = found.group(each.getValue());
            if (bindings.containsValue(bound)) {
                return false;
            }
            bindings.put(each.getKey(), bound);
        }
        return true;
    }
}
