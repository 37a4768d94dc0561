-- A database of version 1, as pg_dump --inserts writes it.
--
-- PostgreSQL database dump
--


-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: api; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.api (
    id uuid NOT NULL,
    name text NOT NULL,
    created_at bigint NOT NULL
);


--
-- Name: api_key; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.api_key (
    id uuid NOT NULL,
    api uuid NOT NULL,
    workspace uuid NOT NULL,
    environment text NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    name_folded text NOT NULL,
    scopes text NOT NULL,
    disabled_at bigint,
    revoked_at bigint,
    not_before bigint,
    expires_at bigint,
    addresses text NOT NULL,
    limits text NOT NULL,
    metadata text NOT NULL,
    secret bytea,
    created_at bigint NOT NULL,
    created_by text NOT NULL,
    updated_at bigint NOT NULL,
    updated_by text NOT NULL,
    CONSTRAINT api_key_environment_check CHECK ((environment = ANY (ARRAY['live'::text, 'test'::text]))),
    CONSTRAINT api_key_kind_check CHECK ((kind = ANY (ARRAY['single'::text, 'pair'::text]))),
    CONSTRAINT api_key_secret_check CHECK ((length(secret) = 32))
);


--
-- Name: change; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.change (
    seq bigint NOT NULL,
    kind text NOT NULL,
    subject uuid NOT NULL,
    lookups bytea NOT NULL,
    created_at bigint NOT NULL,
    CONSTRAINT change_kind_check CHECK ((kind = ANY (ARRAY['key'::text, 'workspace'::text, 'operator_token'::text, 'api'::text])))
);


--
-- Name: change_counter; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.change_counter (
    id bigint NOT NULL,
    seq bigint NOT NULL,
    CONSTRAINT change_counter_id_check CHECK ((id = 1))
);


--
-- Name: key_belonging; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.key_belonging (
    key uuid NOT NULL,
    collection text NOT NULL,
    value text NOT NULL,
    created_at bigint NOT NULL,
    verified_at bigint
);


--
-- Name: key_generation; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.key_generation (
    id uuid NOT NULL,
    key uuid NOT NULL,
    number bigint NOT NULL,
    lookup bytea NOT NULL,
    prefix text NOT NULL,
    last_four text NOT NULL,
    created_at bigint NOT NULL,
    retires_at bigint,
    last_used_at bigint,
    last_used_address text,
    last_used_agent text,
    CONSTRAINT key_generation_lookup_check CHECK ((length(lookup) = 32))
);


--
-- Name: node; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.node (
    id uuid NOT NULL,
    lease_until bigint NOT NULL,
    applied bigint NOT NULL
);


--
-- Name: operator_token; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.operator_token (
    id uuid NOT NULL,
    lookup bytea NOT NULL,
    name text NOT NULL,
    scopes text NOT NULL,
    expires_at bigint,
    revoked_at bigint,
    created_at bigint NOT NULL,
    created_by text NOT NULL,
    CONSTRAINT operator_token_lookup_check CHECK ((length(lookup) = 32))
);


--
-- Name: schema_migration; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.schema_migration (
    version bigint NOT NULL,
    name text NOT NULL,
    checksum bigint NOT NULL
);


--
-- Name: setting; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.setting (
    name text NOT NULL,
    value bytea NOT NULL
);


--
-- Name: workspace; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.workspace (
    id uuid NOT NULL,
    name text NOT NULL,
    plan text,
    suspended_at bigint,
    created_at bigint NOT NULL,
    created_by text NOT NULL,
    updated_at bigint NOT NULL,
    updated_by text NOT NULL
);


--
-- Data for Name: api; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.api VALUES ('019b7700-0000-7000-8000-000000000001', 'redox', 1767225600000000);


--
-- Data for Name: api_key; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.api_key VALUES ('019b7700-0000-7000-8000-000000000003', '019b7700-0000-7000-8000-000000000001', '019b7700-0000-7000-8000-000000000002', 'live', 'single', 'kept since version 1', 'kept since version 1', 'read write', NULL, NULL, NULL, NULL, '["10.0.0.0/8"]', '[]', '{}', NULL, 1767225600000000, 'local', 1767225600000000, 'local');


--
-- Data for Name: change; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.change VALUES (1, 'key', '019b7700-0000-7000-8000-000000000003', '\x0000000000000000000000000000000000000000000000000000000000000001', 1767225600000000);


--
-- Data for Name: change_counter; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.change_counter VALUES (1, 1);


--
-- Data for Name: key_belonging; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.key_belonging VALUES ('019b7700-0000-7000-8000-000000000003', 'destinations', 'd1', 1767225600000000, 1767225600000001);


--
-- Data for Name: key_generation; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.key_generation VALUES ('019b7700-0000-7000-8000-000000000004', '019b7700-0000-7000-8000-000000000003', 1, '\x0000000000000000000000000000000000000000000000000000000000000001', 'rdx_live_', 'wXyZ', 1767225600000000, NULL, NULL, NULL, NULL);


--
-- Data for Name: node; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.node VALUES ('019b7700-0000-7000-8000-000000000006', 1767225600000000, 1);


--
-- Data for Name: operator_token; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.operator_token VALUES ('019b7700-0000-7000-8000-000000000005', '\x0000000000000000000000000000000000000000000000000000000000000002', 'script', 'verify keys:read', NULL, NULL, 1767225600000000, 'system');


--
-- Data for Name: schema_migration; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.schema_migration VALUES (1, '0001_init', 1465856973);


--
-- Data for Name: setting; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.setting VALUES ('check', '\x0000000000000000000000000000000000000000000000000000000000000003');


--
-- Data for Name: workspace; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.workspace VALUES ('019b7700-0000-7000-8000-000000000002', 'Partner', 'starter', NULL, 1767225600000000, 'local', 1767225600000000, 'local');


--
-- Name: api_key api_key_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.api_key
    ADD CONSTRAINT api_key_pkey PRIMARY KEY (id);


--
-- Name: api api_name_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.api
    ADD CONSTRAINT api_name_key UNIQUE (name);


--
-- Name: api api_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.api
    ADD CONSTRAINT api_pkey PRIMARY KEY (id);


--
-- Name: change_counter change_counter_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.change_counter
    ADD CONSTRAINT change_counter_pkey PRIMARY KEY (id);


--
-- Name: change change_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.change
    ADD CONSTRAINT change_pkey PRIMARY KEY (seq);


--
-- Name: key_belonging key_belonging_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.key_belonging
    ADD CONSTRAINT key_belonging_pkey PRIMARY KEY (key, collection, value);


--
-- Name: key_generation key_generation_key_number_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.key_generation
    ADD CONSTRAINT key_generation_key_number_key UNIQUE (key, number);


--
-- Name: key_generation key_generation_lookup_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.key_generation
    ADD CONSTRAINT key_generation_lookup_key UNIQUE (lookup);


--
-- Name: key_generation key_generation_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.key_generation
    ADD CONSTRAINT key_generation_pkey PRIMARY KEY (id);


--
-- Name: node node_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.node
    ADD CONSTRAINT node_pkey PRIMARY KEY (id);


--
-- Name: operator_token operator_token_lookup_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.operator_token
    ADD CONSTRAINT operator_token_lookup_key UNIQUE (lookup);


--
-- Name: operator_token operator_token_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.operator_token
    ADD CONSTRAINT operator_token_pkey PRIMARY KEY (id);


--
-- Name: schema_migration schema_migration_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.schema_migration
    ADD CONSTRAINT schema_migration_pkey PRIMARY KEY (version);


--
-- Name: setting setting_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.setting
    ADD CONSTRAINT setting_pkey PRIMARY KEY (name);


--
-- Name: workspace workspace_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.workspace
    ADD CONSTRAINT workspace_pkey PRIMARY KEY (id);


--
-- Name: api_key_by_api; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX api_key_by_api ON public.api_key USING btree (api, id);


--
-- Name: api_key_by_expiry; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX api_key_by_expiry ON public.api_key USING btree (api, expires_at) WHERE (expires_at IS NOT NULL);


--
-- Name: api_key_by_revocation; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX api_key_by_revocation ON public.api_key USING btree (api, revoked_at) WHERE (revoked_at IS NOT NULL);


--
-- Name: api_key_by_workspace; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX api_key_by_workspace ON public.api_key USING btree (workspace, id);


--
-- Name: change_by_age; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX change_by_age ON public.change USING btree (created_at);


--
-- Name: key_generation_by_retirement; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX key_generation_by_retirement ON public.key_generation USING btree (retires_at) WHERE (retires_at IS NOT NULL);


--
-- Name: api_key api_key_api_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.api_key
    ADD CONSTRAINT api_key_api_fkey FOREIGN KEY (api) REFERENCES public.api(id);


--
-- Name: api_key api_key_workspace_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.api_key
    ADD CONSTRAINT api_key_workspace_fkey FOREIGN KEY (workspace) REFERENCES public.workspace(id);


--
-- Name: key_belonging key_belonging_key_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.key_belonging
    ADD CONSTRAINT key_belonging_key_fkey FOREIGN KEY (key) REFERENCES public.api_key(id) ON DELETE CASCADE;


--
-- Name: key_generation key_generation_key_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.key_generation
    ADD CONSTRAINT key_generation_key_fkey FOREIGN KEY (key) REFERENCES public.api_key(id) ON DELETE CASCADE;


--
-- PostgreSQL database dump complete
--


