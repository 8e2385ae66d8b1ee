-- The listeners that clients of the API have created.
create table switchboard_listener (
    name varchar(63) primary key,
    -- the node (cluster.node) that has it; empty for every node
    node varchar(63) not null,
    -- JSON
    keys_json text not null
);
