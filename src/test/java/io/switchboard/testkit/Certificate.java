package io.switchboard.testkit;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.test.context.DynamicPropertyRegistry;

/**
 * A key and its self-signed certificate, created for one test.
 *
 * @param store both, as PKCS #12
 * @param certificate the PEM file of the certificate
 * @param key the PEM file of the key
 */
public record Certificate(KeyStore store, Path certificate, Path key) {
    private static final String PASSWORD = "changeit";

    /**
     * Creates a self-signed certificate with keytool(1).
     *
     * @param subject the distinguished name, such as {@code CN=localhost}
     * @param options further options of keytool, such as {@code -ext} {@code san=ip:127.0.0.1}
     */
    public static Certificate make(Path folder, String file, String subject, String... options)
            throws Exception {
        Path store = folder.resolve(file + ".p12");
        List<String> command = new ArrayList<>();
        command.addAll(
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                        "-genkeypair",
                        "-alias",
                        "it",
                        "-keyalg",
                        "EC",
                        "-dname",
                        subject,
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        PASSWORD));
        command.addAll(List.of(options));
        Process keytool = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(keytool.getInputStream().readAllBytes(), US_ASCII);
        assertThat(keytool.waitFor()).as(output).isZero();
        KeyStore made = KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
        return new Certificate(
                made,
                pem(folder, file + ".crt", "CERTIFICATE", made.getCertificate("it").getEncoded()),
                pem(
                        folder,
                        file + ".key",
                        "PRIVATE KEY",
                        made.getKey("it", PASSWORD.toCharArray()).getEncoded()));
    }

    /** Makes this the certificate of the service's SSL bundle of this name. */
    public void addBundle(String name, DynamicPropertyRegistry properties) {
        String store = "spring.ssl.bundle.pem." + name + ".keystore.";
        properties.add(store + "certificate", certificate::toString);
        properties.add(store + "private-key", key::toString);
    }

    private static Path pem(Path folder, String file, String what, byte[] bytes)
            throws IOException {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
        return Files.writeString(
                folder.resolve(file),
                "-----BEGIN %s-----%n%s%n-----END %s-----%n".formatted(what, body, what));
    }

    /** Returns a context that presents this certificate and trusts only this one. */
    public SSLContext own() throws GeneralSecurityException {
        return trusting(this);
    }

    /**
     * Returns a context that trusts only this certificate.
     *
     * @param own the certificate that the context presents; null for none
     */
    public SSLContext trusting(@Nullable Certificate own) throws GeneralSecurityException {
        TrustManagerFactory trust =
                TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trustStore());
        KeyManagerFactory keys =
                KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(own == null ? null : own.store, PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }

    /** Returns a trust store that contains only this certificate. */
    public KeyStore trustStore() throws GeneralSecurityException {
        try {
            KeyStore trusted = KeyStore.getInstance("PKCS12");
            trusted.load(null, null);
            trusted.setCertificateEntry("it", store.getCertificate("it"));
            return trusted;
        } catch (IOException e) {
            throw new GeneralSecurityException(e);
        }
    }
}
