SELECT pg_catalog.set_config('search_path', '', false);
CREATE TABLE public.switchboard_clock (
    boot character varying(64) NOT NULL,
    millis bigint NOT NULL,
    nanos bigint NOT NULL
);
CREATE TABLE public.switchboard_mailbox (
    name character varying(512) NOT NULL,
    messages integer NOT NULL,
    bytes bigint NOT NULL,
    listener character varying(255),
    owner character varying(64),
    claimed_until bigint
);
CREATE TABLE public.switchboard_message (
    seq bigint NOT NULL,
    id character varying(64) NOT NULL,
    name character varying(512) NOT NULL,
    state smallint NOT NULL,
    payload bytea,
    size integer NOT NULL,
    text boolean NOT NULL,
    framing character varying(1024),
    split boolean NOT NULL,
    stored_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    changed_at bigint NOT NULL,
    due_at bigint,
    attempts integer NOT NULL,
    peers character varying(2048) NOT NULL,
    idempotency_key character varying(1024),
    request_hash integer NOT NULL
);
ALTER TABLE public.switchboard_message ALTER COLUMN seq ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.switchboard_message_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.switchboard_schema_history (
    installed_rank integer NOT NULL,
    version character varying(50),
    description character varying(200) NOT NULL,
    type character varying(20) NOT NULL,
    script character varying(1000) NOT NULL,
    checksum integer,
    installed_by character varying(100) NOT NULL,
    installed_on timestamp without time zone DEFAULT now() NOT NULL,
    execution_time integer NOT NULL,
    success boolean NOT NULL
);
CREATE TABLE public.switchboard_webhook_event (
    listener character varying(255) NOT NULL,
    run character varying(64) NOT NULL,
    seq bigint NOT NULL,
    peer character varying(600) NOT NULL,
    delivery character varying(400) NOT NULL,
    stored_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    size integer NOT NULL,
    body bytea NOT NULL
);
CREATE TABLE public.switchboard_webhook_peer (
    listener character varying(255) NOT NULL,
    run character varying(64) NOT NULL,
    peer character varying(64) NOT NULL,
    fields bytea NOT NULL
);
CREATE TABLE public.switchboard_webhook_run (
    listener character varying(255) NOT NULL,
    run character varying(64) NOT NULL,
    owner character varying(64) NOT NULL,
    beat bigint NOT NULL
);
INSERT INTO public.switchboard_mailbox VALUES ('van', 3, 16, 'default', 'dead', 1);
INSERT INTO public.switchboard_message OVERRIDING SYSTEM VALUE VALUES (1, '9bqdmw-m1', 'van', 1, '\x6669727374', 5, false, NULL, false, 1795957237856, 7258118400000, 1795957237856, NULL, 1, '', NULL, -328783660);
INSERT INTO public.switchboard_message OVERRIDING SYSTEM VALUE VALUES (2, '9bqdmw-m2', 'van', 0, '\x7365636f6e64', 6, false, NULL, false, 1795957238122, 7258118400000, 1795957238122, 7258118400000, 0, '', NULL, -473629382);
INSERT INTO public.switchboard_message OVERRIDING SYSTEM VALUE VALUES (3, '9bqdmw-m3', 'van', 0, '\x7468697264', 5, false, NULL, false, 1795957238406, 7258118400000, 1795957238406, 7258118400000, 0, '', NULL, -315892853);
INSERT INTO public.switchboard_schema_history VALUES (1, '1', 'mailbox', 'SQL', 'V1__mailbox.sql', -1949229783, 'test', '2026-11-29 13:00:35.560692', 817, true);
INSERT INTO public.switchboard_schema_history VALUES (2, '1.1', 'clock', 'SQL', 'V1.1__clock.sql', -1668554689, 'test', '2026-11-29 13:00:36.570161', 11, true);
INSERT INTO public.switchboard_schema_history VALUES (3, '2', 'webhook', 'SQL', 'V2__webhook.sql', 757985799, 'test', '2026-11-29 13:00:36.628606', 98, true);
INSERT INTO public.switchboard_webhook_event VALUES ('default', '9bqdmw-m', 1795957211000007, 'name:van', '9bqdmw-m-default-1795957211000007', 1795957237856, 7258118400000, 383, '\x7b22736571223a313739353935373231313030303030372c2274797065223a226d6573736167652d73746f726564222c226174223a22323032362d31312d32395431333a30303a33372e3938355a222c2270656572223a6e756c6c2c226d657373616765223a22396271646d772d6d31222c226e616d65223a2276616e227d');
INSERT INTO public.switchboard_webhook_event VALUES ('default', '9bqdmw', 1795957211000001, '9bqdmw-1', '9bqdmw-default-1795957211000001', 1795957238058, 7258118400000, 434, '\x7b22736571223a313739353935373231313030303030312c2274797065223a22636f6e6e6563746564222c226174223a22323032362d31312d32395431333a30303a32352e3532365a222c2270656572223a7b226964223a22396271646d772d31222c226e616d65223a6e756c6c2c226c697374656e6572223a2264656661756c74222c22706565726e616d65223a7b22686f7374223a223132372e302e302e31222c22706f7274223a33363132347d7d7d');
INSERT INTO public.switchboard_webhook_event VALUES ('default', '9bqdmw', 1795957211000002, '9bqdmw-2', '9bqdmw-default-1795957211000002', 1795957238058, 7258118400000, 434, '\x7b22736571223a313739353935373231313030303030322c2274797065223a22636f6e6e6563746564222c226174223a22323032362d31312d32395431333a30303a32352e3632315a222c2270656572223a7b226964223a22396271646d772d32222c226e616d65223a6e756c6c2c226c697374656e6572223a2264656661756c74222c22706565726e616d65223a7b22686f7374223a223132372e302e302e31222c22706f7274223a33363132367d7d7d');
INSERT INTO public.switchboard_webhook_event VALUES ('default', '9bqdmw', 1795957211000003, '9bqdmw-1', '9bqdmw-default-1795957211000003', 1795957238058, 7258118400000, 436, '\x7b22736571223a313739353935373231313030303030332c2274797065223a226964656e746966696564222c226174223a22323032362d31312d32395431333a30303a33332e3436325a222c2270656572223a7b226964223a22396271646d772d31222c226e616d65223a2276616e222c226c697374656e6572223a2264656661756c74222c22706565726e616d65223a7b22686f7374223a223132372e302e302e31222c22706f7274223a33363132347d7d7d');
INSERT INTO public.switchboard_webhook_event VALUES ('default', '9bqdmw', 1795957211000004, '9bqdmw-1', '9bqdmw-default-1795957211000004', 1795957238058, 7258118400000, 449, '\x7b22736571223a313739353935373231313030303030342c2274797065223a226d657373616765222c226174223a22323032362d31312d32395431333a30303a33332e3033385a222c2270656572223a7b226964223a22396271646d772d31222c226e616d65223a2276616e222c226c697374656e6572223a2264656661756c74222c22706565726e616d65223a7b22686f7374223a223132372e302e302e31222c22706f7274223a33363132347d7d2c2274657874223a2269642076616e227d');
INSERT INTO public.switchboard_webhook_event VALUES ('default', '9bqdmw', 1795957211000005, '9bqdmw-1', '9bqdmw-default-1795957211000005', 1795957238058, 7258118400000, 448, '\x7b22736571223a313739353935373231313030303030352c2274797065223a226d657373616765222c226174223a22323032362d31312d32395431333a30303a33332e3033385a222c2270656572223a7b226964223a22396271646d772d31222c226e616d65223a2276616e222c226c697374656e6572223a2264656661756c74222c22706565726e616d65223a7b22686f7374223a223132372e302e302e31222c22706f7274223a33363132347d7d2c2274657874223a2268656c6c6f227d');
INSERT INTO public.switchboard_webhook_event VALUES ('default', '9bqdmw', 1795957211000006, '9bqdmw-1', '9bqdmw-default-1795957211000006', 1795957238058, 7258118400000, 450, '\x7b22736571223a313739353935373231313030303030362c2274797065223a22636c6f736564222c226174223a22323032362d31312d32395431333a30303a33342e3238355a222c2270656572223a7b226964223a22396271646d772d31222c226e616d65223a2276616e222c226c697374656e6572223a2264656661756c74222c22706565726e616d65223a7b22686f7374223a223132372e302e302e31222c22706f7274223a33363132347d7d2c22726561736f6e223a226b69636b6564227d');
INSERT INTO public.switchboard_webhook_event VALUES ('default', '9bqdmw-m', 1795957211000008, 'name:van', '9bqdmw-m-default-1795957211000008', 1795957238122, 7258118400000, 383, '\x7b22736571223a313739353935373231313030303030382c2274797065223a226d6573736167652d73746f726564222c226174223a22323032362d31312d32395431333a30303a33382e3230375a222c2270656572223a6e756c6c2c226d657373616765223a22396271646d772d6d32222c226e616d65223a2276616e227d');
INSERT INTO public.switchboard_webhook_event VALUES ('default', '9bqdmw-m', 1795957211000009, 'name:van', '9bqdmw-m-default-1795957211000009', 1795957238406, 7258118400000, 383, '\x7b22736571223a313739353935373231313030303030392c2274797065223a226d6573736167652d73746f726564222c226174223a22323032362d31312d32395431333a30303a33392e3235325a222c2270656572223a6e756c6c2c226d657373616765223a22396271646d772d6d33222c226e616d65223a2276616e227d');
INSERT INTO public.switchboard_webhook_peer VALUES ('default', '9bqdmw', '9bqdmw-2', '\x7b226964223a22396271646d772d32222c226e616d65223a6e756c6c2c226c697374656e6572223a2264656661756c74222c22706565726e616d65223a7b22686f7374223a223132372e302e302e31222c22706f7274223a33363132367d7d');
INSERT INTO public.switchboard_webhook_run VALUES ('default', '9bqdmw-m', '9bqdmw', -1);
INSERT INTO public.switchboard_webhook_run VALUES ('default', '9bqdmw', '9bqdmw', -1);
SELECT pg_catalog.setval('public.switchboard_message_seq_seq', 3, true);
ALTER TABLE ONLY public.switchboard_clock
    ADD CONSTRAINT switchboard_clock_pkey PRIMARY KEY (boot);
ALTER TABLE ONLY public.switchboard_mailbox
    ADD CONSTRAINT switchboard_mailbox_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.switchboard_message
    ADD CONSTRAINT switchboard_message_id_key UNIQUE (id);
ALTER TABLE ONLY public.switchboard_message
    ADD CONSTRAINT switchboard_message_pkey PRIMARY KEY (seq);
ALTER TABLE ONLY public.switchboard_schema_history
    ADD CONSTRAINT switchboard_schema_history_pk PRIMARY KEY (installed_rank);
ALTER TABLE ONLY public.switchboard_webhook_event
    ADD CONSTRAINT switchboard_webhook_event_pkey PRIMARY KEY (listener, run, seq);
ALTER TABLE ONLY public.switchboard_webhook_peer
    ADD CONSTRAINT switchboard_webhook_peer_pkey PRIMARY KEY (listener, run, peer);
ALTER TABLE ONLY public.switchboard_webhook_run
    ADD CONSTRAINT switchboard_webhook_run_pkey PRIMARY KEY (listener, run);
CREATE INDEX switchboard_mailbox_claim ON public.switchboard_mailbox USING btree (claimed_until);
CREATE INDEX switchboard_message_due ON public.switchboard_message USING btree (due_at);
CREATE INDEX switchboard_message_key ON public.switchboard_message USING btree (idempotency_key);
CREATE INDEX switchboard_message_of_name ON public.switchboard_message USING btree (name, state, seq);
CREATE INDEX switchboard_schema_history_s_idx ON public.switchboard_schema_history USING btree (success);
CREATE INDEX switchboard_webhook_event_of_peer ON public.switchboard_webhook_event USING btree (listener, run, peer, seq);
