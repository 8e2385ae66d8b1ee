-- Who posts the events of one process ("run") for the webhook of a listener. The row exists while there may be some.
create table switchboard_webhook_run (
    listener varchar(255) not null,
    run varchar(64) not null,
    -- the run of the process that posts them; the same as run until another process takes over
    owner varchar(64) not null,
    -- grows while the owner lives; negative once it has stopped
    beat bigint not null,
    primary key (listener, run)
);

create table switchboard_webhook_event (
    listener varchar(255) not null,
    run varchar(64) not null,
    seq bigint not null,
    -- whose events are posted in order: the id of a peer, or "name:" and the name of stored messages
    peer varchar(600) not null,
    delivery varchar(400) not null,
    stored_at bigint not null,
    expires_at bigint not null,
    size int not null,
    -- JSON, as it is posted
    body bytea not null,
    primary key (listener, run, seq)
);
create index switchboard_webhook_event_of_peer on switchboard_webhook_event (listener, run, peer, seq);

-- The peers that are connected, so that a closed event can follow after a crash.
create table switchboard_webhook_peer (
    listener varchar(255) not null,
    run varchar(64) not null,
    peer varchar(64) not null,
    -- the peer as JSON, as it is in its events
    fields bytea not null,
    primary key (listener, run, peer)
);
