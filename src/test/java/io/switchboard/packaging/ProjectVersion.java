package io.switchboard.packaging;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The version of the project, from {@code pom.xml}. */
final class ProjectVersion {
    private static final Pattern VERSION =
            Pattern.compile("<artifactId>switchboard</artifactId>\\s*<version>(.+)</version>");

    private ProjectVersion() {}

    static String read() throws IOException {
        Matcher version = VERSION.matcher(Files.readString(Path.of("pom.xml")));
        if (!version.find()) {
            throw new IllegalStateException("pom.xml has no version of switchboard");
        }
        return version.group(1);
    }

    /** Returns the release that this version is, or comes before. */
    static String release() throws IOException {
        return read().replace("-SNAPSHOT", "");
    }
}
