package io.switchboard;

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

/**
 * A key and a certificate that signs itself, made for one test.
 *
 * @param store PKCS #12
 * @param certificate PEM
 * @param key PEM
 */
public record Certificate(KeyStore store, Path certificate, Path key) {
    private static final String PASSWORD = "changeit";

    /**
     * Makes one that signs itself.
     *
     * @param subject such as {@code CN=localhost}
     * @param options more of keytool(1), such as {@code -ext} {@code san=ip:127.0.0.1}
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

    private static Path pem(Path folder, String file, String what, byte[] bytes)
            throws IOException {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
        return Files.writeString(
                folder.resolve(file),
                "-----BEGIN %s-----%n%s%n-----END %s-----%n".formatted(what, body, what));
    }

    /** For a server that shows this one and asks for none. */
    public SSLContext own() throws GeneralSecurityException {
        return trusting(this);
    }

    /**
     * For a client that trusts this one alone.
     *
     * @param own what the client shows; null for nothing
     */
    public SSLContext trusting(@Nullable Certificate own) throws GeneralSecurityException {
        KeyStore trusted;
        try {
            trusted = KeyStore.getInstance("PKCS12");
            trusted.load(null, null);
        } catch (IOException e) {
            throw new GeneralSecurityException(e);
        }
        trusted.setCertificateEntry("it", store.getCertificate("it"));
        TrustManagerFactory trust =
                TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        KeyManagerFactory keys =
                KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(own == null ? null : own.store, PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }
}
