package io.switchboard.cluster;

import io.switchboard.peer.Reach;

/**
 * A request whose handler must apply a reach.
 *
 * <p>A node of a release that does not know the field would ignore it and apply the request to all
 * its peers. So a request with a restricted reach has another method name, which such a node does
 * not know: it answers that the request is unsupported, and does nothing.
 */
public interface Scoped {
    /** Returns the peers to which the request applies. */
    Reach reach();

    /** Returns the name by which messages between nodes call the method of this request. */
    static String methodName(String method, Object request) {
        return isRestricted(request) ? method + SUFFIX : method;
    }

    /** Returns the name of the method without what {@link #methodName} has added. */
    static String plainName(String methodName) {
        return methodName.endsWith(SUFFIX)
                ? methodName.substring(0, methodName.length() - SUFFIX.length())
                : methodName;
    }

    /**
     * Checks that a request has the reach which its method name announces.
     *
     * @throws IllegalArgumentException it has not; it must not be executed
     */
    static void check(String methodName, Object request) {
        if (methodName.endsWith(SUFFIX) != isRestricted(request)) {
            throw new IllegalArgumentException(
                    "the reach of the request and its method " + methodName + " do not agree");
        }
    }

    private static boolean isRestricted(Object request) {
        return request instanceof Scoped scoped && !scoped.reach().includesAll();
    }

    /** Begins with a character that is part of no method name. */
    String SUFFIX = "+reach";
}
