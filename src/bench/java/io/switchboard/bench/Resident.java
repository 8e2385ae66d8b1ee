package io.switchboard.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Resident memory of a process, as Linux tells it. */
final class Resident {
    private static final Pattern RESIDENT = Pattern.compile("(?m)^VmRSS:\\s+(\\d+) kB$");

    private Resident() {}

    static double kilobytes(Contestant contestant) {
        try {
            Path status = Path.of("/proc", String.valueOf(contestant.pid()), "status");
            Matcher found = RESIDENT.matcher(Files.readString(status));
            if (!found.find()) {
                throw new Failed("no VmRSS in " + status);
            }
            return Double.parseDouble(found.group(1));
        } catch (IOException e) {
            throw new Failed("cannot read the memory of " + contestant.name(), e);
        }
    }
}
