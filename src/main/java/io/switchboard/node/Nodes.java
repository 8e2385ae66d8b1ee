package io.switchboard.node;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * The nodes that are one service. A single node is the cluster of one: it has no others, and asking
 * them costs nothing.
 *
 * <p>Thread-safe.
 */
public interface Nodes {

    /** This one. */
    Node self();

    /**
     * The others of which something was heard in the last few seconds, by their ids. Looks only.
     */
    List<Node> others();

    /** Whether there is nobody but this node, now and ever. */
    boolean single();

    /** Whether others can be asked now. */
    boolean connected();

    /**
     * Another node by its id. One that is not among {@link #others} may have come just now, which
     * is looked up, and may take some milliseconds.
     */
    Optional<Node> find(String id);

    /**
     * Asks one other node. Each is asked in the order of these calls.
     *
     * @return completes at the latest a second after that node last said that it is at work; on a
     *     thread that must not be kept
     */
    CompletableFuture<Answer> ask(Node node, String operation, byte[] request);

    /** Asks these others the same, once for all where they are all there are. */
    Map<Node, CompletableFuture<Answer>> ask(
            Collection<Node> nodes, String operation, byte[] request);
}
