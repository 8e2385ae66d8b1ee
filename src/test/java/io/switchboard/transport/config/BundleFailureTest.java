package io.switchboard.transport.config;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.switchboard.testkit.Certificate;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.ssl.DefaultSslBundleRegistry;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslStoreBundle;

class BundleFailureTest {
    private static final String KEY = "switchboard.listeners.default.webhook.tls-bundle";

    private final DefaultSslBundleRegistry bundles = new DefaultSslBundleRegistry();

    @Test
    void namesAnUnknownBundle() {
        assertThatThrownBy(() -> BundleFailure.requireUsableBundle(KEY, "lab", bundles))
                .isInstanceOf(BundleFailure.class)
                .hasMessage(KEY + "=lab: there is no such bundle");
    }

    @Test
    void namesABundleWhoseKeyCannotBeRead(@TempDir Path folder) throws Exception {
        Certificate own = Certificate.make(folder, "own", "CN=own");
        bundles.registerBundle(
                "lab", SslBundle.of(SslStoreBundle.of(own.store(), "wrong", own.trustStore())));
        assertThatThrownBy(() -> BundleFailure.requireUsableBundle(KEY, "lab", bundles))
                .isInstanceOf(BundleFailure.class)
                .hasMessageStartingWith(KEY + "=lab: the bundle cannot be used: ");
    }
}
