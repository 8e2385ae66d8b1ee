package io.switchboard.bench.hostile;

import io.switchboard.bench.BenchException;
import io.switchboard.bench.Settings;
import io.switchboard.bench.attack.Attack;
import io.switchboard.bench.attack.Setup;
import io.switchboard.bench.contestant.AotImage;
import io.switchboard.bench.contestant.Loopback;
import io.switchboard.bench.contestant.ScriptServer;
import io.switchboard.bench.contestant.Switchboard;
import io.switchboard.testkit.Certificate;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Creates the servers that are attacked, each with a heap of 256 MB. */
final class AttackedServers {
    private static final String HEAP = "-Xmx256m";
    private static final String SIDE = "--switchboard.listeners.side.";
    private static final String BUNDLE = "--spring.ssl.bundle.pem.side.keystore.";

    private final Settings settings;
    private final Map<String, AotImage> images;
    private @Nullable Certificate certificate;

    AttackedServers(Settings settings, Map<String, AotImage> images) {
        this.settings = settings;
        this.images = images;
    }

    /** Returns the names of the servers to attack in this way. */
    List<String> names(Attack attack) {
        List<String> names = new ArrayList<>();
        names.add(Switchboard.NAME);
        if (images.containsKey(Switchboard.BASELINE)) {
            names.add(Switchboard.BASELINE);
        }
        if (attack.appliesToNode()
                && settings.rivals().contains(ScriptServer.NODE)
                && ScriptServer.version(ScriptServer.NODE).isPresent()) {
            names.add(ScriptServer.NODE);
        }
        return names;
    }

    /** Returns a server that is not started. */
    AttackedServer create(String name, Setup setup) {
        int sidePort = Loopback.freePort();
        AotImage image = images.get(name);
        if (image == null) {
            return new AttackedServer(ScriptServer.untunedNode(settings), sidePort);
        }
        List<String> command = image.boundedCommand(HEAP);
        return new AttackedServer(
                Switchboard.configured(
                        settings,
                        name,
                        setup == Setup.FEW_DESCRIPTORS ? withFewDescriptors(command) : command,
                        arguments(setup, sidePort)),
                sidePort);
    }

    private static List<String> withFewDescriptors(List<String> command) {
        List<String> limited = new ArrayList<>();
        limited.add("bash");
        limited.add("-c");
        limited.add("ulimit -n " + Setup.DESCRIPTOR_LIMIT + " && exec \"$@\"");
        limited.add("bash");
        limited.addAll(command);
        return limited;
    }

    private List<String> arguments(Setup setup, int sidePort) {
        String port = SIDE + "port=" + sidePort;
        return switch (setup) {
            case PLAIN, FEW_DESCRIPTORS -> List.of();
            case PATTERN -> List.of(port, SIDE + "identify.pattern=" + Setup.PATTERN_TEXT);
            case UDP -> List.of(port, SIDE + "transport=udp");
            case TLS ->
                    List.of(
                            port,
                            SIDE + "tls.bundle=side",
                            BUNDLE + "certificate=" + certificate().certificate(),
                            BUNDLE + "private-key=" + certificate().key());
        };
    }

    private Certificate certificate() {
        Certificate made = certificate;
        if (made == null) {
            made = makeCertificate();
            certificate = made;
        }
        return made;
    }

    private Certificate makeCertificate() {
        try {
            Path folder = Files.createTempDirectory(settings.output(), "certificate");
            return Certificate.make(folder, "side", "CN=localhost", "-ext", "san=ip:127.0.0.1");
        } catch (Exception e) {
            throw new BenchException("cannot create a certificate", e);
        }
    }
}
