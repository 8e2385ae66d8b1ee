package io.switchboard.mailbox;

import io.switchboard.store.Transaction;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The statements on which node sends the messages of a name. Each is for one transaction, which has
 * the lock of the name.
 *
 * <pre>
 *   free ──take──▶ claimed ──release──▶ free
 *                   │   ▲
 *                   │   └── renew, before claimed_until
 *                   └── claimed_until passed ──▶ any node may take it
 * </pre>
 *
 * A message is SENDING only while its name is claimed. Whoever takes a claim that has ended first
 * makes those messages STORED again.
 */
final class ClaimRows {
    private static final String NAMES = "names";

    private ClaimRows() {}

    /**
     * Who sends the messages of a name.
     *
     * @param owner the id of the node; null if the name is free
     * @param until the end of the claim
     */
    record Holder(String name, @Nullable String owner, long until) {
        boolean isOther(String self, long now) {
            return owner != null && !owner.equals(self) && until > now;
        }
    }

    /** Returns the holders of those names that have messages. */
    static List<Holder> holders(Transaction in, Collection<String> names) {
        return in.jdbc()
                .sql(
                        "select name, owner, claimed_until from switchboard_mailbox where name in (:names)")
                .param(NAMES, names)
                .query(
                        (row, _) ->
                                new Holder(
                                        row.getString("name"),
                                        row.getString("owner"),
                                        row.getLong("claimed_until")))
                .list();
    }

    static void take(Transaction in, String node, Collection<String> names, long until) {
        in.jdbc()
                .sql(
                        "update switchboard_mailbox set owner = :node, claimed_until = :until where name in (:names)")
                .param("node", node)
                .param("until", until)
                .param(NAMES, names)
                .update();
    }

    /** Renews the claims of a node. Returns the names that it still has. */
    static List<String> renew(Transaction in, String node, Collection<String> names, long until) {
        List<String> own =
                holders(in, names).stream()
                        .filter(each -> node.equals(each.owner()))
                        .map(Holder::name)
                        .toList();
        if (!own.isEmpty()) {
            take(in, node, own, until);
        }
        return own;
    }

    /** Ends the claims of a node on these names, if it has them. */
    static void release(Transaction in, String node, Collection<String> names) {
        in.jdbc()
                .sql(
                        "update switchboard_mailbox set owner = null, claimed_until = null where owner = :node and name in (:names)")
                .param("node", node)
                .param(NAMES, names)
                .update();
    }

    /** Ends the claims on these names that have not been renewed, whoever had them. */
    static void abandon(Transaction in, Collection<String> names) {
        for (Holder each : holders(in, names)) {
            String owner = each.owner();
            if (owner != null && each.until() <= in.now()) {
                resume(in, each.name());
                release(in, owner, List.of(each.name()));
            }
        }
    }

    /** Makes the messages of a name whose sending somebody had begun STORED again. */
    static void resume(Transaction in, String name) {
        in.jdbc()
                .sql(
                        "update switchboard_message set state = 0, changed_at = ?, due_at = expires_at where name = ? and state = 1")
                .params(in.now(), name)
                .update();
    }
}
