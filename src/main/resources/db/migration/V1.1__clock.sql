-- The time of the embedded database: at System.nanoTime() = nanos, in this boot of the machine, it was millis.
create table switchboard_clock (
    boot varchar(64) primary key,
    millis bigint not null,
    nanos bigint not null
);
