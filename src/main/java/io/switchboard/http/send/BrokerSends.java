package io.switchboard.http.send;

import io.switchboard.delivery.Send;
import io.switchboard.delivery.SendRequests;
import io.switchboard.delivery.SendResult;
import io.switchboard.delivery.SendService;
import io.switchboard.delivery.Target;
import io.switchboard.delivery.TargetHints;
import io.switchboard.fatal.FatalErrors;
import io.switchboard.http.Body;
import io.switchboard.http.audit.Audit;
import io.switchboard.http.problem.ApiProblem;
import io.switchboard.mailbox.Mailbox;
import io.switchboard.mailbox.MailboxResult;
import io.switchboard.peer.DurationText;
import io.switchboard.peer.Reach;
import io.switchboard.tracing.TraceSpan;
import io.switchboard.tracing.Tracing;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;

/** Executes the records of a bridge's broker as {@code POST /send} executes its requests. */
@Component
final class BrokerSends implements SendRequests {
    /** A record is committed when its send has ended, which must not take longer. */
    private static final Duration MAX_TIMEOUT = Duration.ofSeconds(30);

    private final SendService service;
    private final Mailbox mailbox;
    private final TargetHints hints;
    private final ReportJson json;
    private final Tracing tracing;

    BrokerSends(
            SendService service,
            Mailbox mailbox,
            TargetHints hints,
            ReportJson json,
            Tracing tracing) {
        this.service = service;
        this.mailbox = mailbox;
        this.hints = hints;
        this.json = json;
        this.tracing = tracing;
    }

    @Override
    public Answer send(Source source, byte[] body) {
        return execute(
                source,
                () -> {
                    if (body.length > Body.LIMIT) {
                        throw Body.tooLarge(body.length + " bytes");
                    }
                    return new SendForm(Reach.ALL).readJson(body);
                });
    }

    @Override
    public Answer send(Source source, String name, byte[] payload) {
        return execute(
                source,
                () -> {
                    if (payload.length > Body.LIMIT) {
                        throw Body.tooLarge(payload.length + " bytes");
                    }
                    SendForm form = new SendForm(Reach.ALL);
                    form.set("to", name);
                    Send send = form.send(payload);
                    if (!(send.to().getFirst() instanceof Target.One)) {
                        throw ApiProblem.badRequest(
                                "'%s' is no name of one peer: a topic for a payload ends in a name, and a message to several peers is a JSON body"
                                        .formatted(name));
                    }
                    return send;
                });
    }

    private Answer execute(Source source, Supplier<Send> request) {
        List<Target> targets = List.of();
        try (TraceSpan _ = tracing.part("send")) {
            Send send = request.get();
            targets = send.to();
            if (send.timeout().compareTo(MAX_TIMEOUT) > 0) {
                throw ApiProblem.badRequest(
                        "timeout is %s: a send from a broker takes %s at most"
                                .formatted(
                                        DurationText.of(send.timeout()),
                                        DurationText.of(MAX_TIMEOUT)));
            }
            if (send.ttl() != null) {
                MailboxResult.Reported stored = SendStatus.stored(mailbox, send, source.key());
                int status = SendStatus.of(stored).value();
                audit(
                        source,
                        targets,
                        status,
                        null,
                        stored.entries().stream().map(MailboxResult.Entry::id).toList());
                return new Answer(status, "", "", json.record(source.id(), stored));
            }
            SendResult.Reported reported =
                    SendStatus.reported(service.send(send, source.key()), false);
            int status = SendStatus.of(reported.progress()).value();
            audit(source, targets, status, null, List.of(reported.report().id()));
            return new Answer(
                    status, "", "", json.record(source.id(), reported, hints.of(send, reported)));
        } catch (ApiProblem problem) {
            int status = problem.getStatusCode().value();
            audit(source, targets, status, problem.reason(), List.of());
            return new Answer(
                    status,
                    problem.reason(),
                    Objects.requireNonNullElse(problem.getBody().getDetail(), ""),
                    json.record(source.id(), problem));
        } catch (RuntimeException e) {
            FatalErrors.check(e);
            // also if the first send with this id failed, and part of it may have been sent
            ApiProblem problem =
                    new ApiProblem(
                            HttpStatus.INTERNAL_SERVER_ERROR,
                            "internal_error",
                            "the send failed; the message may have been written: " + e);
            int status = problem.getStatusCode().value();
            audit(source, targets, status, problem.reason(), List.of());
            return new Answer(
                    status, problem.reason(), e.toString(), json.record(source.id(), problem));
        }
    }

    private static void audit(
            Source source,
            List<Target> targets,
            int status,
            @Nullable String reason,
            List<String> ids) {
        Audit.bridge(source.bridge(), source.id(), targets, status, reason, ids);
    }
}
