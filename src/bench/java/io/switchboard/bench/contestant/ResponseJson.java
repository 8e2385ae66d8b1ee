package io.switchboard.bench.contestant;

import java.util.HashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads the JSON bodies of HTTP responses. */
public final class ResponseJson {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private ResponseJson() {}

    public static long number(String json, String name) {
        return MAPPER.readTree(json).path(name).asLong();
    }

    /** Returns the ids in a list of peers by the {@code host:port} of the peer. */
    public static Map<String, String> ids(String json) {
        Map<String, String> ids = new HashMap<>();
        for (JsonNode peer : MAPPER.readTree(json).path("peers")) {
            JsonNode name = peer.path("peername");
            ids.put(
                    name.path("host").asString() + ":" + name.path("port").asInt(),
                    peer.path("id").asString());
        }
        return ids;
    }
}
