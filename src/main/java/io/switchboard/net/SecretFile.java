package io.switchboard.net;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A file with one line of text, such as a token, which may be replaced while the service runs. The
 * callers check the text and decide when they read the file again.
 *
 * @param maxLength the longest text that the caller accepts, in characters
 */
public record SecretFile(Path path, int maxLength) {

    /**
     * Returns the text without a line end at its end. Of a longer text, it returns so much that it
     * is longer than {@code maxLength}. Blocks while a pipe has no writer.
     *
     * @throws IOException if the file cannot be read
     */
    public String read() throws IOException {
        try (InputStream in = Files.newInputStream(path)) {
            return new String(in.readNBytes(maxLength + 2), ISO_8859_1).replaceFirst("\\R\\z", "");
        }
    }

    /**
     * Returns whether reading again makes sense. A pipe, for example, has its text once only, and
     * reading it again may block for ever. A file that is missing can be read again: that it is
     * missing is a fault to report.
     */
    public boolean canBeReadAgain() {
        return !Files.exists(path) || Files.isRegularFile(path);
    }
}
