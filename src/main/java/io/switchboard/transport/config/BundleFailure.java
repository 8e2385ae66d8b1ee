package io.switchboard.transport.config;

import java.io.FileNotFoundException;
import java.nio.file.NoSuchFileException;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.ssl.SslBundles;

/** An SSL bundle that a property names cannot be used. */
public final class BundleFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String key;
    private final String bundle;
    private final String action;

    /**
     * @param key the key that names the bundle
     * @param action the remedy
     */
    private BundleFailure(
            String key, String bundle, String problem, String action, @Nullable Exception cause) {
        super(key + "=" + bundle + ": " + problem, cause);
        this.key = key;
        this.bundle = bundle;
        this.action = action;
    }

    /** Returns the whole key that names the bundle. */
    public String key() {
        return key;
    }

    public String bundle() {
        return bundle;
    }

    /** Returns the remedy. */
    public String action() {
        return action;
    }

    /**
     * Checks the value of a property that is the name of a bundle.
     *
     * @throws BundleFailure if the bundle does not exist
     */
    public static void requireBundle(String key, String name, SslBundles bundles) {
        Set<String> names = new TreeSet<>(bundles.getBundleNames());
        if (!names.contains(name)) {
            String action =
                    names.isEmpty()
                            ? "No bundle is configured: set spring.ssl.bundle.pem.<name>.keystore.certificate and"
                                    + " .private-key to define one."
                            : "Set it to one of " + String.join(", ", names) + ".";
            throw new BundleFailure(key, name, "there is no such bundle", action, null);
        }
    }

    /**
     * Checks the value of a property that is the name of a bundle, and the contents of the bundle.
     *
     * @throws BundleFailure if the bundle does not exist, or no TLS connection can use it
     */
    static void requireUsableBundle(String key, String name, SslBundles bundles) {
        requireBundle(key, name, bundles);
        try {
            bundles.getBundle(name).createSslContext();
        } catch (RuntimeException e) {
            throw unusable(key, name, e);
        }
    }

    /** Returns the failure of a bundle that exists and whose contents are not usable. */
    public static BundleFailure unusable(String key, String name, Exception cause) {
        return new BundleFailure(
                key,
                name,
                "the bundle cannot be used: " + cause.getMessage() + missingFile(cause),
                "Correct spring.ssl.bundle.*."
                        + name
                        + ". A relative path begins at the working directory of the service.",
                cause);
    }

    private static String missingFile(Throwable failure) {
        for (Throwable each = failure; each != null; each = each.getCause()) {
            if (each instanceof NoSuchFileException || each instanceof FileNotFoundException) {
                return " (no such file)";
            }
        }
        return "";
    }

    /** Reports the key of the bundle that cannot be used, and the remedy. */
    static final class Analyzer extends AbstractFailureAnalyzer<BundleFailure> {
        @Override
        protected FailureAnalysis analyze(Throwable rootFailure, BundleFailure failure) {
            return new FailureAnalysis(failure.getMessage(), failure.action, failure);
        }
    }
}
