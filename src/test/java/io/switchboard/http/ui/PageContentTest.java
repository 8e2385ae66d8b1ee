package io.switchboard.http.ui;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.Resource;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.web.servlet.resource.HttpResource;

class PageContentTest {
    private final byte[] plain = "text ".repeat(1_000).getBytes(UTF_8);
    private final PageContent content = content(plain);

    private static PageContent content(byte[] bytes) {
        return new PageContent(new ClassPathResource("pages/doc.html"), bytes);
    }

    private static MockHttpServletRequest accepting(@Nullable String encoding) {
        MockHttpServletRequest request = new MockHttpServletRequest();
        if (encoding != null) {
            request.addHeader("Accept-Encoding", encoding);
        }
        return request;
    }

    @Test
    void isCompressedOnce() throws IOException {
        Resource answer = content.answer(accepting("gzip, br"));
        assertThat(answer.contentLength()).isLessThan(plain.length / 2);
        try (GZIPInputStream in = new GZIPInputStream(answer.getInputStream())) {
            assertThat(in.readAllBytes()).isEqualTo(plain);
        }
        assertThat(((HttpResource) answer).getResponseHeaders().toSingleValueMap())
                .containsEntry("Content-Encoding", "gzip")
                .containsEntry("Vary", "Accept-Encoding");
        assertThat(content.answer(accepting("br;q=1, gzip;q=0.5"))).isSameAs(answer);
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", "br", "gzip;q=0", "identity", ";;q="})
    void isPlainIfTheClientDoesNotAcceptThat(@Nullable String encoding) {
        assertThat(content.answer(accepting(encoding))).isSameAs(content);
    }

    @Test
    void aSmallPageIsPlain() {
        PageContent small = content(new byte[2_047]);
        assertThat(small.answer(accepting("gzip"))).isSameAs(small);
    }
}
