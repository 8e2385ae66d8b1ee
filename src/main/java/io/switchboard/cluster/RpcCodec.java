package io.switchboard.cluster;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.cfg.DateTimeFeature;
import tools.jackson.databind.cfg.EnumFeature;
import tools.jackson.dataformat.cbor.CBORMapper;

/**
 * Encodes and decodes the records that nodes send to each other, as CBOR (RFC 8949).
 *
 * <p>Decoding is tolerant, so that nodes of two releases understand each other: a field that the
 * receiver does not know is ignored, a missing field is null, zero, false or an empty collection,
 * and an unknown enum constant is null. Thread-safe.
 */
public final class RpcCodec {
    private static final JsonSetter.Value EMPTY = JsonSetter.Value.forValueNulls(Nulls.AS_EMPTY);
    private static final ObjectMapper CBOR =
            CBORMapper.builder()
                    .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                    .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
                    .enable(EnumFeature.READ_UNKNOWN_ENUM_VALUES_AS_NULL)
                    .enable(DateTimeFeature.WRITE_DATES_AS_TIMESTAMPS)
                    .changeDefaultPropertyInclusion(
                            all -> all.withValueInclusion(JsonInclude.Include.NON_NULL))
                    .withConfigOverride(List.class, lists -> lists.setNullHandling(EMPTY))
                    .withConfigOverride(Set.class, sets -> sets.setNullHandling(EMPTY))
                    .withConfigOverride(Map.class, maps -> maps.setNullHandling(EMPTY))
                    .build();

    private RpcCodec() {}

    /** Returns the encoded record. */
    public static byte[] encode(Object value) {
        return CBOR.writeValueAsBytes(value);
    }

    /** Returns the decoded record, or an empty result if the bytes do not encode one. */
    public static <T> Optional<T> decode(byte[] bytes, Class<T> type) {
        try {
            return Optional.ofNullable(CBOR.readValue(bytes, type));
        } catch (JacksonException e) {
            return Optional.empty();
        }
    }
}
