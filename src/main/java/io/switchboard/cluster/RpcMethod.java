package io.switchboard.cluster;

/**
 * A request that nodes send to each other.
 *
 * <p>Nodes of two releases work side by side. A receiver ignores fields that it does not know and
 * takes null, zero, false or an empty collection for fields that are missing; see {@link RpcCodec}.
 * A change that cannot be expressed by adding a field needs a method with a new name.
 *
 * @param name the name that identifies the method in messages between nodes
 * @param request the record that the caller sends
 * @param answer the record that the called node returns
 */
public record RpcMethod<Q, A>(String name, Class<Q> request, Class<A> answer) {}
