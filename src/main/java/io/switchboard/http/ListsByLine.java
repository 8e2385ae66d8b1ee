package io.switchboard.http;

import tools.jackson.core.JsonGenerator;
import tools.jackson.core.PrettyPrinter;
import tools.jackson.core.util.Instantiatable;
import tools.jackson.core.util.MinimalPrettyPrinter;

/**
 * Prints compact JSON that is legible in a terminal: if a list in the outermost object contains
 * objects, each of them begins a line, and the document ends with a newline. Jackson creates one
 * instance per document.
 */
final class ListsByLine extends MinimalPrettyPrinter implements Instantiatable<PrettyPrinter> {
    private static final long serialVersionUID = 1;
    private static final int IN_OUTERMOST_OBJECT = 2;

    private int depth;

    /** True inside a list of the outermost object, at any depth. */
    private boolean inList;

    /** True if that list contains objects, so that its end begins a line too. */
    private boolean multiLine;

    ListsByLine() {
        super("");
    }

    @Override
    public ListsByLine createInstance() {
        return new ListsByLine();
    }

    @Override
    public void writeStartObject(JsonGenerator out) {
        if (inList && depth == IN_OUTERMOST_OBJECT) {
            out.writeRaw('\n');
            multiLine = true;
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
            inList = true;
            multiLine = false;
        }
        super.writeStartArray(out);
    }

    @Override
    public void beforeArrayValues(JsonGenerator out) {}

    @Override
    public void writeEndArray(JsonGenerator out, int values) {
        if (depth == IN_OUTERMOST_OBJECT) {
            inList = false;
            if (multiLine) {
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
