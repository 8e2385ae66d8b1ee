package io.switchboard.listener;

import io.switchboard.store.Store;
import io.switchboard.store.Transaction;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** The rows of the table of listeners that the API has created. */
final class ListenerRows {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final TypeReference<Map<String, Object>> KEYS = new TypeReference<>() {};

    /**
     * A stored listener.
     *
     * @param node the node that has it; null for every node
     * @param keys its keys as a client has written them; nested keys are maps
     */
    record Row(String name, @Nullable String node, Map<String, Object> keys) {}

    private ListenerRows() {}

    static List<Row> all(Transaction in) {
        return in.jdbc()
                .sql("select name, node, keys_json from switchboard_listener order by name")
                .query((row, _) -> row(row.getString(1), row.getString(2), row.getString(3)))
                .list();
    }

    /**
     * Returns a listener of the store, if there is a store.
     *
     * @throws io.switchboard.store.StoreException the store cannot be read
     */
    static Optional<Row> find(Store store, String name) {
        return store.read(in -> find(in, name), Optional.empty());
    }

    private static Optional<Row> find(Transaction in, String name) {
        return in.jdbc()
                .sql("select name, node, keys_json from switchboard_listener where name = ?")
                .param(name)
                .query((row, _) -> row(row.getString(1), row.getString(2), row.getString(3)))
                .optional();
    }

    private static Row row(String name, String node, String keys) {
        return new Row(name, node.isEmpty() ? null : node, keys(keys));
    }

    /** Inserts a listener; returns false if the name is taken. */
    static boolean insert(Transaction in, Row row) {
        return find(in, row.name()).isEmpty()
                && in.jdbc()
                                .sql(
                                        "insert into switchboard_listener (name, node, keys_json) values (?, ?, ?)")
                                .params(
                                        row.name(),
                                        row.node() == null ? "" : row.node(),
                                        json(row.keys()))
                                .update()
                        == 1;
    }

    /** Changes the keys of a listener; returns false if it is not stored. */
    static boolean update(Transaction in, Row row) {
        return in.jdbc()
                        .sql("update switchboard_listener set keys_json = ? where name = ?")
                        .params(json(row.keys()), row.name())
                        .update()
                == 1;
    }

    /** Removes a listener; returns false if it is not stored. */
    static boolean delete(Transaction in, String name) {
        return in.jdbc().sql("delete from switchboard_listener where name = ?").param(name).update()
                == 1;
    }

    static String json(Map<String, Object> keys) {
        return JSON.writeValueAsString(keys);
    }

    /**
     * Returns the keys that {@link #json} has written.
     *
     * @throws IllegalArgumentException the text is no JSON object
     */
    static Map<String, Object> keys(String json) {
        try {
            return JSON.readValue(json, KEYS);
        } catch (JacksonException e) {
            throw new IllegalArgumentException("keys of a listener: " + e.getMessage(), e);
        }
    }
}
