package io.switchboard.http.ui;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.switchboard.http.ui.DocPage.Section;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;

/**
 * The pages of the documentation, which the build copies from {@code src/docs}, and a search over
 * their sections. The pages are rendered at the first use and then kept, about 2 MB of memory.
 * Thread-safe.
 */
final class DocPages {
    /** The longest query in characters. */
    static final int MAX_QUERY = 200;

    private static final String FILES = "classpath:pages/docs/**/*.md";
    private static final Pattern BETWEEN_WORDS = Pattern.compile("[^\\p{L}\\p{N}._-]+");
    private static final int MAX_WORDS = 10;
    private static final int MAX_HITS = 30;
    private static final int IN_HEADING = 10;
    private static final int MAX_COUNT = 5;
    private static final int BEFORE_HIT = 60;
    private static final int EXCERPT = 220;

    /** The pages by name. */
    private final Map<String, DocPage> pages;

    private final List<Indexed> index;

    /**
     * How well a section fits.
     *
     * @param score 0 if a word is not in it
     * @param first the position of the first word
     */
    private record Match(Indexed indexed, int score, int first) {
        Hit hit() {
            Section section = indexed.section();
            return new Hit(indexed.page(), section, excerpt(section.text(), first));
        }
    }

    /**
     * A section in lower case, in which a search looks for words.
     *
     * @param headings the title of the page and that of the section
     */
    private record Indexed(DocPage page, Section section, String text, String headings) {
        static Indexed of(DocPage page, Section section) {
            String headings = page.title() + '\n' + section.title();
            return new Indexed(
                    page,
                    section,
                    section.text().toLowerCase(Locale.ROOT),
                    headings.toLowerCase(Locale.ROOT));
        }
    }

    /** Loads the pages once, for the first thread that needs them. */
    private static final class Holder {
        static final DocPages PAGES = load();
    }

    /**
     * A section that a search has found.
     *
     * @param excerpt the text around the first word that was found
     */
    record Hit(DocPage page, Section section, String excerpt) {}

    DocPages(Map<String, String> markdown) {
        DocRenderer renderer = new DocRenderer(markdown.keySet());
        pages = new TreeMap<>();
        markdown.forEach((name, text) -> pages.put(name, renderer.render(name, text)));
        index =
                pages.values().stream()
                        .flatMap(
                                page ->
                                        page.sections().stream()
                                                .map(each -> Indexed.of(page, each)))
                        .toList();
    }

    /** Returns the pages of this build. */
    static DocPages ofThisBuild() {
        return Holder.PAGES;
    }

    private static DocPages load() {
        try {
            Map<String, String> markdown = new TreeMap<>();
            for (Resource file : new PathMatchingResourcePatternResolver().getResources(FILES)) {
                markdown.put(name(file), file.getContentAsString(UTF_8));
            }
            return new DocPages(markdown);
        } catch (IOException e) {
            throw new UncheckedIOException("reading the pages of the documentation", e);
        }
    }

    /** Returns the file's name without its ending; the list of guides is {@code guides}. */
    private static String name(Resource file) {
        String name = Objects.requireNonNull(file.getFilename()).replaceFirst("\\.md$", "");
        return name.equals("README") ? "guides" : name;
    }

    @Nullable DocPage page(String name) {
        return pages.get(name);
    }

    /** Returns all pages, ordered by name. */
    Collection<DocPage> all() {
        return pages.values();
    }

    /**
     * Returns the sections that contain every word of the query, in any case, in their text, their
     * heading or the title of their page; at most 30, the best first. Only the first 10 words of
     * the query count. A query without a word finds nothing.
     */
    List<Hit> search(String query) {
        List<String> words =
                Arrays.stream(BETWEEN_WORDS.split(query.toLowerCase(Locale.ROOT), -1))
                        .filter(word -> !word.isEmpty())
                        .distinct()
                        .limit(MAX_WORDS)
                        .toList();
        return words.isEmpty()
                ? List.of()
                : index.stream()
                        .map(each -> match(each, words))
                        .filter(match -> match.score > 0)
                        .sorted(Comparator.comparingInt(Match::score).reversed())
                        .limit(MAX_HITS)
                        .map(Match::hit)
                        .toList();
    }

    private static Match match(Indexed indexed, List<String> words) {
        String text = indexed.text();
        int score = 0;
        int first = Integer.MAX_VALUE;
        for (String word : words) {
            int count = count(text, word);
            if (count > 0) {
                first = Math.min(first, text.indexOf(word));
            }
            int part = count + (indexed.headings().contains(word) ? IN_HEADING : 0);
            if (part == 0) {
                return new Match(indexed, 0, 0);
            }
            score += part;
        }
        return new Match(indexed, score, first);
    }

    private static int count(String text, String word) {
        int count = 0;
        for (int at = text.indexOf(word);
                at >= 0 && count < MAX_COUNT;
                at = text.indexOf(word, at + word.length())) {
            count++;
        }
        return count;
    }

    /** Returns the text around a position, in one line. */
    private static String excerpt(String text, int position) {
        int start = position >= text.length() ? 0 : Math.max(0, position - BEFORE_HIT);
        while (start > 0 && start < position && text.charAt(start - 1) != ' ') {
            start++;
        }
        int end = Math.min(text.length(), start + EXCERPT);
        String excerpt = text.substring(start, end).replaceAll("\\s+", " ").strip();
        return (start > 0 ? "… " : "") + excerpt + (end < text.length() ? " …" : "");
    }
}
