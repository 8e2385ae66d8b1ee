package io.switchboard.web;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpInputMessage;
import org.springframework.http.HttpOutputMessage;
import org.springframework.http.MediaType;
import org.springframework.http.converter.AbstractHttpMessageConverter;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.stereotype.Component;

/** Answers {@code Accept: text/plain} with a {@link PeerTable}. */
@Component
final class PeerTableConverter extends AbstractHttpMessageConverter<PeerPage> {
    /** With its charset: the filter that would say it is off. */
    static final String TEXT = "text/plain;charset=UTF-8";

    PeerTableConverter() {
        super(MediaType.parseMediaType(TEXT));
    }

    @Override
    protected boolean supports(Class<?> type) {
        return type == PeerPage.class;
    }

    @Override
    public boolean canRead(Class<?> type, @Nullable MediaType mediaType) {
        return false;
    }

    @Override
    protected PeerPage readInternal(Class<? extends PeerPage> type, HttpInputMessage message) {
        throw new HttpMessageNotReadableException("tables are only written", message);
    }

    @Override
    protected void writeInternal(PeerPage page, HttpOutputMessage message) throws IOException {
        message.getBody().write(PeerTable.print(page, Instant.now()).getBytes(UTF_8));
    }
}
