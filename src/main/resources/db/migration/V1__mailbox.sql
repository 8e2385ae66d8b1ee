-- How much each name has. A row exists while the name has a message that is stored or being sent.
create table switchboard_mailbox (
    name varchar(512) primary key,
    messages int not null,
    bytes bigint not null,
    -- the listener where the name was last seen; null if never
    listener varchar(255),
    -- the node that sends the messages of the name; null if none does
    owner varchar(64),
    -- the time from which on another node may do so
    claimed_until bigint
);
create index switchboard_mailbox_claim on switchboard_mailbox (claimed_until);

-- state: 0 stored, 1 sending, 2 acked, 3 written, 4 expired, 5 cancelled
create table switchboard_message (
    seq bigint generated always as identity primary key,
    id varchar(64) not null unique,
    name varchar(512) not null,
    state smallint not null,
    -- null once the message is neither stored nor being sent
    payload bytea,
    size int not null,
    text boolean not null,
    framing varchar(1024),
    split boolean not null,
    stored_at bigint not null,
    expires_at bigint not null,
    changed_at bigint not null,
    -- when the message expires if it is stored, when the row is deleted if it has ended
    due_at bigint,
    attempts int not null,
    peers varchar(2048) not null,
    idempotency_key varchar(1024),
    request_hash int not null
);
create index switchboard_message_of_name on switchboard_message (name, state, seq);
create index switchboard_message_due on switchboard_message (due_at);
create index switchboard_message_key on switchboard_message (idempotency_key);
