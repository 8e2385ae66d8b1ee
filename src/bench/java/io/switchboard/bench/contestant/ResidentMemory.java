package io.switchboard.bench.contestant;

import io.switchboard.bench.BenchException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The resident memory of a process, from {@code /proc/PID/status}. */
public final class ResidentMemory {
    private static final Pattern RESIDENT = Pattern.compile("(?m)^VmRSS:\\s+(\\d+) kB$");

    private ResidentMemory() {}

    public static double kilobytes(Contestant contestant) {
        try {
            Path status = Path.of("/proc", String.valueOf(contestant.pid()), "status");
            Matcher found = RESIDENT.matcher(Files.readString(status));
            if (!found.find()) {
                throw new BenchException("no VmRSS in " + status);
            }
            return Double.parseDouble(found.group(1));
        } catch (IOException e) {
            throw new BenchException("cannot read the memory of " + contestant.name(), e);
        }
    }
}
