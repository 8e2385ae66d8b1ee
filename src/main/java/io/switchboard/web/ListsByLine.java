package io.switchboard.web;

import tools.jackson.core.JsonGenerator;
import tools.jackson.core.PrettyPrinter;
import tools.jackson.core.util.Instantiatable;
import tools.jackson.core.util.MinimalPrettyPrinter;

/**
 * Compact JSON that {@code curl} shows legibly: the objects of a list in the outermost object stand
 * one a line, and the document ends with a newline. One instance a document.
 */
final class ListsByLine extends MinimalPrettyPrinter implements Instantiatable<PrettyPrinter> {
    private static final long serialVersionUID = 1;
    private static final int IN_OUTERMOST_OBJECT = 2;

    private int depth;

    /** Inside a list of the outermost object, however deep. */
    private boolean listed;

    /** It has objects, each on a line of its own. */
    private boolean torn;

    ListsByLine() {
        super("");
    }

    @Override
    public ListsByLine createInstance() {
        return new ListsByLine();
    }

    @Override
    public void writeStartObject(JsonGenerator out) {
        if (listed && depth == IN_OUTERMOST_OBJECT) {
            out.writeRaw('\n');
            torn = true;
        }
        depth++;
        super.writeStartObject(out);
    }

    @Override
    public void writeEndObject(JsonGenerator out, int entries) {
        depth--;
        super.writeEndObject(out, entries);
        endDocument(out);
    }

    @Override
    public void writeStartArray(JsonGenerator out) {
        depth++;
        if (depth == IN_OUTERMOST_OBJECT) {
            listed = true;
            torn = false;
        }
        super.writeStartArray(out);
    }

    @Override
    public void beforeArrayValues(JsonGenerator out) {}

    @Override
    public void writeEndArray(JsonGenerator out, int values) {
        if (depth == IN_OUTERMOST_OBJECT) {
            listed = false;
            if (torn) {
                out.writeRaw('\n');
            }
        }
        depth--;
        super.writeEndArray(out, values);
        endDocument(out);
    }

    private void endDocument(JsonGenerator out) {
        if (depth == 0) {
            out.writeRaw('\n');
        }
    }
}
