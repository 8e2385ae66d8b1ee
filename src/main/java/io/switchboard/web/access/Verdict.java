package io.switchboard.web.access;

import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;

/** What becomes of a request. */
public sealed interface Verdict {

    /** It may do what this role may. */
    record Admitted(Role role) implements Verdict {
        private static final Admitted READER = new Admitted(Role.READ);
        private static final Admitted SENDER = new Admitted(Role.SEND);

        static Admitted of(Role role) {
            return role == Role.SEND ? SENDER : READER;
        }
    }

    /**
     * It is answered with a problem.
     *
     * @param detail what was wrong, and what would be right
     * @param challenge for WWW-Authenticate, where a token would help
     * @param retryAfterSeconds 0 where waiting does not help
     */
    record Refused(
            HttpStatus status,
            String reason,
            String detail,
            @Nullable String challenge,
            int retryAfterSeconds)
            implements Verdict {

        static Refused forbidden(String reason, String detail) {
            return new Refused(HttpStatus.FORBIDDEN, reason, detail, null, 0);
        }

        static Refused unauthorized(String reason, String detail, String challenge) {
            return new Refused(HttpStatus.UNAUTHORIZED, reason, detail, challenge, 0);
        }

        /** Who is admitted, but with the other role. */
        public static Refused needsSend(String method) {
            return forbidden(
                    "forbidden_role",
                    method + " needs the role send: this is the read token, for GET and HEAD");
        }
    }
}
