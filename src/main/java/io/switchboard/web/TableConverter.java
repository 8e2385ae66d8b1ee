package io.switchboard.web;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpInputMessage;
import org.springframework.http.HttpOutputMessage;
import org.springframework.http.MediaType;
import org.springframework.http.converter.AbstractHttpMessageConverter;
import org.springframework.http.converter.HttpMessageNotReadableException;

/** Answers {@code Accept: text/plain} with a table. */
final class TableConverter<T> extends AbstractHttpMessageConverter<T> {
    /** With its charset: the filter that would say it is off. */
    static final String TEXT = "text/plain;charset=UTF-8";

    private final Class<T> type;
    private final Function<T, String> table;

    /**
     * @param type what the table is made of
     */
    TableConverter(Class<T> type, Function<T, String> table) {
        super(MediaType.parseMediaType(TEXT));
        this.type = type;
        this.table = table;
    }

    @Override
    protected boolean supports(Class<?> asked) {
        return asked == type;
    }

    @Override
    public boolean canRead(Class<?> asked, @Nullable MediaType mediaType) {
        return false;
    }

    @Override
    protected T readInternal(Class<? extends T> asked, HttpInputMessage message) {
        throw new HttpMessageNotReadableException("tables are only written", message);
    }

    @Override
    protected void writeInternal(T page, HttpOutputMessage message) throws IOException {
        message.getBody().write(table.apply(page).getBytes(UTF_8));
    }
}
