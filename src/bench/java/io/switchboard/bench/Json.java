package io.switchboard.bench;

import java.util.HashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What is read from answers. */
final class Json {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private Json() {}

    static long number(String json, String name) {
        return MAPPER.readTree(json).path(name).asLong();
    }

    /** The ids in a list of peers, by {@code host:port} of the peer's end. */
    static Map<String, String> ids(String json) {
        Map<String, String> ids = new HashMap<>();
        for (JsonNode peer : MAPPER.readTree(json).path("peers")) {
            JsonNode name = peer.path("peername");
            ids.put(
                    name.path("host").asString() + ":" + name.path("port").asInt(),
                    peer.path("id").asString());
        }
        return ids;
    }

    static String pretty(Object value) {
        return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(value);
    }
}
