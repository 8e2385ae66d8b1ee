package io.switchboard.http.ui;

import io.switchboard.http.ui.DocPage.Section;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.commonmark.Extension;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.Heading;
import org.commonmark.node.Image;
import org.commonmark.node.Link;
import org.commonmark.node.Node;
import org.commonmark.parser.Parser;
import org.commonmark.renderer.html.HtmlRenderer;
import org.commonmark.renderer.text.TextContentRenderer;
import org.jspecify.annotations.Nullable;

/**
 * Renders Markdown with tables as HTML. Headings get the ids that GitHub gives them. A link to
 * another page becomes a link to its name; a link to a file that is not a page becomes its text, as
 * does an image. Thread-safe.
 */
final class DocRenderer {
    private static final List<Extension> EXTENSIONS = List.of(TablesExtension.create());
    private static final Pattern NOT_IN_ANCHORS = Pattern.compile("[^\\p{L}\\p{N} _-]");
    private static final Pattern ABSOLUTE = Pattern.compile("https?://.*");
    private static final Pattern FILE = Pattern.compile("(?:.*/)?([^/#]+?)\\.md(#.*)?");
    private static final Pattern FOLDER_PAGE = Pattern.compile("(?:.*/)?guides/README\\.md(#.*)?");

    private final Parser parser = Parser.builder().extensions(EXTENSIONS).build();
    private final TextContentRenderer text =
            TextContentRenderer.builder().extensions(EXTENSIONS).build();
    private final Set<String> names;

    /**
     * @param names the names of all pages
     */
    DocRenderer(Set<String> names) {
        this.names = names;
    }

    DocPage render(String name, String markdown) {
        Node document = parser.parse(markdown);
        document.accept(new Links());
        IdentityHashMap<Node, String> anchors = new IdentityHashMap<>();
        List<Section> sections = sections(document, anchors);
        String html =
                HtmlRenderer.builder()
                        .extensions(EXTENSIONS)
                        .attributeProviderFactory(
                                _ ->
                                        (node, _, attributes) -> {
                                            String anchor = anchors.get(node);
                                            if (anchor != null) {
                                                attributes.put("id", anchor);
                                            }
                                        })
                        .build()
                        .render(document);
        String title = sections.isEmpty() ? name : sections.getFirst().title();
        return new DocPage(name, title, html, sections);
    }

    private List<Section> sections(Node document, IdentityHashMap<Node, String> anchors) {
        List<Section> sections = new ArrayList<>();
        @Nullable String title = null;
        StringBuilder content = new StringBuilder();
        for (Node node = document.getFirstChild(); node != null; node = node.getNext()) {
            if (node instanceof Heading) {
                if (title != null) {
                    sections.add(new Section(anchor(title), title, content.toString()));
                }
                title = text.render(node).strip();
                anchors.put(node, anchor(title));
                content.setLength(0);
            } else {
                content.append(text.render(node)).append('\n');
            }
        }
        if (title != null) {
            sections.add(new Section(anchor(title), title, content.toString()));
        }
        return List.copyOf(sections);
    }

    /** Returns the anchor of a heading, as GitHub generates it. */
    static String anchor(String heading) {
        return NOT_IN_ANCHORS
                .matcher(heading.toLowerCase(Locale.ROOT))
                .replaceAll("")
                .replace(' ', '-');
    }

    private final class Links extends AbstractVisitor {
        @Override
        public void visit(Link link) {
            visitChildren(link);
            String target = link.getDestination();
            if (ABSOLUTE.matcher(target).matches() || target.startsWith("#")) {
                return;
            }
            Matcher folder = FOLDER_PAGE.matcher(target);
            Matcher file = FILE.matcher(target);
            if (folder.matches()) {
                link.setDestination("guides" + fragment(folder.group(1)));
            } else if (file.matches() && names.contains(file.group(1))) {
                link.setDestination(file.group(1) + fragment(file.group(2)));
            } else {
                replaceByChildren(link);
            }
        }

        @Override
        public void visit(Image image) {
            replaceByChildren(image);
        }

        private String fragment(@Nullable String fragment) {
            return fragment == null ? "" : fragment;
        }

        private void replaceByChildren(Node node) {
            Node child = node.getFirstChild();
            while (child != null) {
                Node next = child.getNext();
                node.insertBefore(child);
                child = next;
            }
            node.unlink();
        }
    }
}
