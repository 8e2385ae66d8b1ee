package io.switchboard.http.mailbox;

import io.switchboard.http.AnswerBudget;
import io.switchboard.http.AnswerSizes;
import io.switchboard.http.access.Client;
import io.switchboard.http.problem.ApiProblem;
import io.switchboard.http.problem.StoreProblem;
import io.switchboard.mailbox.Mailbox;
import io.switchboard.mailbox.StoredMessage;
import io.switchboard.store.StoreException;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Objects;
import org.hibernate.validator.constraints.Range;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/** {@code /messages} and {@code /mailboxes}: the messages that were stored by a ttl. */
@RestController
final class MailboxController {
    private static final int DEFAULT_LIMIT = 100;

    /** The query of the lists. */
    record Paging(
            @Range(min = 1, max = 1000, message = "it takes 1 to 1000") @Nullable Integer limit,
            @Nullable String after) {

        int rows() {
            return Objects.requireNonNullElse(limit, DEFAULT_LIMIT);
        }

        String start() {
            return Objects.requireNonNullElse(after, "");
        }
    }

    /** The answer to {@code DELETE /mailboxes/{name}}. */
    record CancelledMany(int cancelled) {}

    /** A request to the store. */
    private interface Request<T> {
        T run() throws InterruptedException;
    }

    private final Mailbox mailbox;
    private final AnswerBudget answers;

    MailboxController(Mailbox mailbox, AnswerBudget answers) {
        this.mailbox = mailbox;
        this.answers = answers;
    }

    private <T> T execute(Request<T> request) {
        mailbox.objection()
                .ifPresent(
                        fault -> {
                            throw new ApiProblem(
                                    HttpStatus.NOT_IMPLEMENTED, "not_available", fault);
                        });
        try {
            return request.run();
        } catch (StoreException e) {
            throw StoreProblem.of(e);
        } catch (InterruptedException e) {
            throw StoreProblem.interrupted();
        }
    }

    @GetMapping("/messages/{id}")
    StoredMessage message(@PathVariable String id, @AuthenticationPrincipal Client client) {
        return execute(() -> mailbox.find(id, client.reach())).orElseThrow(() -> unknown(id));
    }

    /** Cancels a message; answers with its state. */
    @DeleteMapping("/messages/{id}")
    StoredMessage cancel(@PathVariable String id, @AuthenticationPrincipal Client client) {
        Mailbox.Cancelled cancelled =
                execute(() -> mailbox.cancel(id, client.reach())).orElseThrow(() -> unknown(id));
        if (!cancelled.done()) {
            throw new ApiProblem(
                    HttpStatus.CONFLICT,
                    "too_late",
                    "message '%s' is %s: only a message that is stored can be cancelled"
                            .formatted(id, cancelled.message().state().word()));
        }
        return cancelled.message();
    }

    private static ApiProblem unknown(String id) {
        return new ApiProblem(
                HttpStatus.NOT_FOUND,
                "unknown",
                "no message '%s': only messages with ttl have a state, and it is kept for an hour after their end"
                        .formatted(id));
    }

    @GetMapping("/mailboxes")
    Mailbox.Names names(
            Paging paging, HttpServletRequest request, @AuthenticationPrincipal Client client) {
        answers.reserve(request, (long) paging.rows() * AnswerSizes.ROW_BYTES);
        return execute(() -> mailbox.names(paging.start(), paging.rows(), client.reach()));
    }

    @GetMapping("/mailboxes/{name}")
    Mailbox.Messages messages(
            @PathVariable String name,
            Paging paging,
            HttpServletRequest request,
            @AuthenticationPrincipal Client client) {
        answers.reserve(request, (long) paging.rows() * AnswerSizes.ROW_BYTES);
        return execute(() -> mailbox.messages(name, paging.start(), paging.rows(), client.reach()));
    }

    @DeleteMapping("/mailboxes/{name}")
    CancelledMany cancelAll(@PathVariable String name, @AuthenticationPrincipal Client client) {
        return new CancelledMany(execute(() -> mailbox.cancelAll(name, client.reach())));
    }
}
