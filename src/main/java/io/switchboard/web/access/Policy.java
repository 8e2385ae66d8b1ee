package io.switchboard.web.access;

import jakarta.servlet.http.HttpServletRequest;

/** Whom the service lets in, by what is configured. */
sealed interface Policy permits ByToken, Nearby, Anybody {

    /** On the request's own thread; on the way of every {@code POST /send}. */
    Verdict judge(HttpServletRequest request);

    /** What the log says of it at the start. */
    String line();

    /** Whether whoever runs the service should be told rather than informed. */
    boolean isLax();

    /**
     * The one that is configured.
     *
     * @throws AdminFailure settings that cannot be meant
     */
    static Policy of(AdminProperties properties, Failures failures) {
        Tokens tokens = Tokens.of(properties);
        Hosts hosts = new Hosts(properties.allowedHosts());
        return switch (properties.auth()) {
            case AUTO -> tokens.areSet() ? new ByToken(tokens, failures) : new Nearby(hosts);
            case REQUIRED -> {
                if (!tokens.areSet()) {
                    throw new AdminFailure(
                            AdminProperties.PREFIX + ".auth=required, and no token is set",
                            "Set switchboard.admin.token (SWITCHBOARD_ADMIN_TOKEN), or"
                                    + " switchboard.admin.token-file, to a token of at least "
                                    + Tokens.SHORTEST
                                    + " characters.",
                            null);
                }
                yield new ByToken(tokens, failures);
            }
            case OPEN -> {
                if (tokens.areSet()) {
                    throw new AdminFailure(
                            AdminProperties.PREFIX
                                    + ".auth=open, and a token is set that would protect nothing",
                            "Remove one of the two.",
                            null);
                }
                yield new Anybody(hosts);
            }
        };
    }
}
