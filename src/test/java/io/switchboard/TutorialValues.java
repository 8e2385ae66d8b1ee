package io.switchboard;

import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The values of the tutorial that are others in each run: ids, ports that the kernel chose, and
 * descriptors of the service. Where one stands for the first time, what came out there is what it
 * stands for from then on, and two never stand for the same.
 */
final class TutorialValues {
    private static final Pattern VALUE =
            Pattern.compile(
                    "\\b(?:8000|8001|8080|9000)\\b"
                            + "|\\b[0-9a-z]{6}-d?\\d+\\b"
                            + "|\\b(?:3[3-9]|[4-6]\\d)\\d{3}\\b"
                            + "|(?<=\"fileno\":)\\d+");

    private final Map<String, String> real = new HashMap<>();

    /** From now on this of the page's is that. */
    void bind(String onThePage, String here) {
        real.put(onThePage, here);
    }

    /** What the page has people type, for this run. */
    String fill(String typed) {
        return VALUE.matcher(typed)
                .replaceAll(
                        value -> {
                            String here = real.get(value.group());
                            if (here == null) {
                                throw new AssertionError(
                                        value.group() + " is typed before anything printed it");
                            }
                            return Matcher.quoteReplacement(here);
                        });
    }

    /** Whether this is what the page shows; what stands there for the first time is learnt. */
    boolean isShown(String onThePage, String here) {
        Map<String, String> fresh = new HashMap<>();
        StringBuilder pattern = new StringBuilder();
        Matcher value = VALUE.matcher(onThePage);
        int done = 0;
        while (value.find()) {
            pattern.append(Pattern.quote(onThePage.substring(done, value.start())));
            done = value.end();
            String known = real.get(value.group());
            if (known != null) {
                pattern.append(Pattern.quote(known));
            } else if (fresh.containsKey(value.group())) {
                pattern.append("\\k<").append(fresh.get(value.group())).append('>');
            } else {
                String name = "v" + fresh.size();
                fresh.put(value.group(), name);
                pattern.append("(?<").append(name).append(">[0-9a-z-]+)");
            }
        }
        pattern.append(Pattern.quote(onThePage.substring(done)));
        Matcher found = Pattern.compile(pattern.toString()).matcher(here);
        if (!found.matches()) {
            return false;
        }
        for (Map.Entry<String, String> each : fresh.entrySet()) {
            String learnt = found.group(each.getValue());
            if (real.containsValue(learnt)) {
                return false;
            }
            real.put(each.getKey(), learnt);
        }
        return true;
    }
}
