
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
CREATE FUNCTION public.entry_is_consistent(email text, email_key text, near_key text, phone text, phone_key text, line_count integer) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $$
            BEGIN
                RETURN line_count >= 0
                    AND (email = '') = (email_key = '')
                    AND (email = '') = (near_key = '')
                    AND (phone <> '' OR phone_key = '');
            END
            $$;
CREATE FUNCTION public.pointtransaction_is_consistent(number integer, kind text, points bigint, purchase_id text, undoes_id text) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $$
            BEGIN
                RETURN number >= 0
                    AND points <> 0
                    AND (kind IN ('adjusted', 'bonus')) = (purchase_id IS NULL)
                    AND CASE
                        WHEN kind IN ('earned', 'moved_in', 'bonus') THEN (points > 0) = (undoes_id IS NULL)
                        WHEN kind IN ('refunded', 'voided', 'moved_out') THEN (points < 0) = (undoes_id IS NULL)
                        ELSE kind IN ('recalculated', 'adjusted')
                    END;
            END
            $$;
CREATE FUNCTION public.purchase_is_consistent(order_id text, amount numeric, currency text, status text, refunded_amount numeric, points_awarded bigint, points_now bigint, duplicates integer, rule_set_id text, recalculated_award_id text, source_import_id text, import_undone_at timestamp with time zone) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $_$
            BEGIN
                RETURN amount > 0 AND amount <= 999999999999
                    AND points_awarded >= 0 AND points_now >= 0 AND duplicates >= 0
                    AND order_id <> ''
                    AND currency ~ '^[A-Z]{3}$'
                    AND CASE status
                        WHEN 'recorded' THEN refunded_amount = 0
                        WHEN 'partially_refunded' THEN refunded_amount > 0 AND refunded_amount < amount
                        WHEN 'refunded' THEN refunded_amount = amount AND points_now = 0
                        WHEN 'voided' THEN refunded_amount BETWEEN 0 AND amount AND points_now = 0
                        ELSE false
                    END
                    AND CASE WHEN rule_set_id IS NULL
                        THEN source_import_id IS NOT NULL AND recalculated_award_id IS NULL
                            AND (import_undone_at IS NULL OR status = 'voided')
                        ELSE source_import_id IS NULL AND import_undone_at IS NULL
                    END;
            END
            $_$;
CREATE FUNCTION public.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    BEGIN
        RAISE EXCEPTION 'rows of % are never changed or deleted; write another one', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END $$;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE public.accounts_invitation (
    id character varying(64) NOT NULL COLLATE pg_catalog."C",
    email character varying(254) NOT NULL,
    email_key character varying(762) NOT NULL COLLATE pg_catalog."C",
    role character varying(10) NOT NULL,
    digest character varying(64) NOT NULL COLLATE pg_catalog."C",
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    accepted_at timestamp with time zone,
    accepted_by_id bigint,
    created_by_id bigint NOT NULL,
    team_id character varying(64) NOT NULL COLLATE pg_catalog."C",
    CONSTRAINT invitation_accepted_by_someone CHECK ((((accepted_at IS NULL) AND (accepted_by_id IS NULL)) OR ((accepted_at IS NOT NULL) AND (accepted_by_id IS NOT NULL)))),
    CONSTRAINT invitation_accepted_or_revoked CHECK (((accepted_at IS NULL) OR (revoked_at IS NULL))),
    CONSTRAINT invitation_role_known CHECK (((role)::text = ANY ((ARRAY['owner'::character varying, 'support'::character varying])::text[])))
);
CREATE TABLE public.accounts_membership (
    id character varying(64) NOT NULL COLLATE pg_catalog."C",
    role character varying(10) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    user_id bigint NOT NULL,
    team_id character varying(64) NOT NULL COLLATE pg_catalog."C",
    CONSTRAINT membership_role_known CHECK (((role)::text = ANY ((ARRAY['owner'::character varying, 'support'::character varying])::text[])))
);
CREATE TABLE public.accounts_signinfailures (
    id bigint NOT NULL,
    address character varying(45) NOT NULL COLLATE pg_catalog."C",
    username character varying(255) NOT NULL COLLATE pg_catalog."C",
    times timestamp with time zone[] NOT NULL,
    last_at timestamp with time zone NOT NULL
);
ALTER TABLE public.accounts_signinfailures ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.accounts_signinfailures_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.accounts_team (
    id character varying(64) NOT NULL COLLATE pg_catalog."C",
    name character varying(200) NOT NULL,
    created_at timestamp with time zone NOT NULL
);
CREATE TABLE public.accounts_user (
    id bigint NOT NULL,
    password character varying(128) NOT NULL,
    last_login timestamp with time zone,
    is_superuser boolean NOT NULL,
    username character varying(150) NOT NULL,
    first_name character varying(150) NOT NULL,
    last_name character varying(150) NOT NULL,
    email character varying(254) NOT NULL,
    is_staff boolean NOT NULL,
    is_active boolean NOT NULL,
    date_joined timestamp with time zone NOT NULL
);
CREATE TABLE public.accounts_user_groups (
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    group_id integer NOT NULL
);
ALTER TABLE public.accounts_user_groups ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.accounts_user_groups_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
ALTER TABLE public.accounts_user ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.accounts_user_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.accounts_user_user_permissions (
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    permission_id integer NOT NULL
);
ALTER TABLE public.accounts_user_user_permissions ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.accounts_user_user_permissions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.apikeys_apikey (
    id character varying(64) NOT NULL COLLATE pg_catalog."C",
    kind character varying(7) NOT NULL,
    name character varying(100) NOT NULL,
    prefix character varying(20) NOT NULL,
    digest character varying(64) NOT NULL COLLATE pg_catalog."C",
    rate_limit integer,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone,
    revoked_at timestamp with time zone,
    last_used_at timestamp with time zone,
    created_by_id bigint,
    team_id character varying(64) NOT NULL COLLATE pg_catalog."C",
    CONSTRAINT apikey_kind_known CHECK (((kind)::text = ANY ((ARRAY['public'::character varying, 'private'::character varying])::text[]))),
    CONSTRAINT apikey_rate_limit_at_least_one CHECK (((rate_limit IS NULL) OR (rate_limit >= 1))),
    CONSTRAINT apikeys_apikey_rate_limit_check CHECK ((rate_limit >= 0))
);
CREATE UNLOGGED TABLE public.apikeys_callwindow (
    key_id character varying(64) NOT NULL COLLATE pg_catalog."C",
    started_at timestamp with time zone NOT NULL,
    calls integer NOT NULL,
    CONSTRAINT apikeys_callwindow_calls_check CHECK ((calls >= 0))
);
CREATE TABLE public.audit_auditevent (
    id character varying(64) NOT NULL COLLATE pg_catalog."C",
    team_id character varying(64) COLLATE pg_catalog."C",
    contest_id character varying(64) COLLATE pg_catalog."C",
    action character varying(20) NOT NULL,
    object_type character varying(40) NOT NULL COLLATE pg_catalog."C",
    object_id character varying(64) NOT NULL COLLATE pg_catalog."C",
    reason character varying(500) NOT NULL,
    before jsonb NOT NULL,
    after jsonb NOT NULL,
    api_key_id character varying(64) NOT NULL COLLATE pg_catalog."C",
    api_key_name character varying(200) NOT NULL,
    request_digest character varying(64) NOT NULL COLLATE pg_catalog."C",
    created_at timestamp with time zone NOT NULL,
    actor_id bigint
);
CREATE TABLE public.auth_group (
    id integer NOT NULL,
    name character varying(150) NOT NULL
);
ALTER TABLE public.auth_group ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_group_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.auth_group_permissions (
    id bigint NOT NULL,
    group_id integer NOT NULL,
    permission_id integer NOT NULL
);
ALTER TABLE public.auth_group_permissions ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_group_permissions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.auth_permission (
    id integer NOT NULL,
    name character varying(255) NOT NULL,
    content_type_id integer NOT NULL,
    codename character varying(100) NOT NULL
);
ALTER TABLE public.auth_permission ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_permission_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.axes_accessattempt (
    id integer NOT NULL,
    user_agent character varying(255) NOT NULL,
    ip_address inet,
    username character varying(255),
    http_accept character varying(1025) NOT NULL,
    path_info character varying(255) NOT NULL,
    attempt_time timestamp with time zone NOT NULL,
    get_data text NOT NULL,
    post_data text NOT NULL,
    failures_since_start integer NOT NULL,
    CONSTRAINT axes_accessattempt_failures_since_start_check CHECK ((failures_since_start >= 0))
);
ALTER TABLE public.axes_accessattempt ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.axes_accessattempt_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.axes_accessattemptexpiration (
    access_attempt_id integer NOT NULL,
    expires_at timestamp with time zone NOT NULL
);
CREATE TABLE public.axes_accessfailurelog (
    id integer NOT NULL,
    user_agent character varying(255) NOT NULL,
    ip_address inet,
    username character varying(255),
    http_accept character varying(1025) NOT NULL,
    path_info character varying(255) NOT NULL,
    attempt_time timestamp with time zone NOT NULL,
    locked_out boolean NOT NULL
);
ALTER TABLE public.axes_accessfailurelog ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.axes_accessfailurelog_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.axes_accesslog (
    id integer NOT NULL,
    user_agent character varying(255) NOT NULL,
    ip_address inet,
    username character varying(255),
    http_accept character varying(1025) NOT NULL,
    path_info character varying(255) NOT NULL,
    attempt_time timestamp with time zone NOT NULL,
    logout_time timestamp with time zone,
    session_hash character varying(64) NOT NULL
);
ALTER TABLE public.axes_accesslog ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.axes_accesslog_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.contests_contest (
    id character varying(64) NOT NULL COLLATE pg_catalog."C",
    title character varying(200) NOT NULL,
    description text NOT NULL,
    slug character varying(100) NOT NULL,
    mode character varying(12) NOT NULL,
    status character varying(8) NOT NULL,
    starts_at timestamp with time zone,
    ends_at timestamp with time zone,
    is_evergreen boolean NOT NULL,
    tracking_enabled boolean NOT NULL,
    attaches_automatically boolean NOT NULL,
    rounding character varying(8) NOT NULL,
    cap_per_purchase bigint,
    cap_per_entry bigint,
    created_at timestamp with time zone NOT NULL,
    team_id character varying(64) NOT NULL COLLATE pg_catalog."C",
    rule_set_id character varying(64) COLLATE pg_catalog."C",
    CONSTRAINT contest_ends_after_it_starts CHECK (((starts_at IS NULL) OR (ends_at IS NULL) OR (ends_at > starts_at))),
    CONSTRAINT contest_evergreen_has_no_end CHECK (((NOT is_evergreen) OR (ends_at IS NULL))),
    CONSTRAINT contest_id_safe_in_url CHECK (((id)::text ~ '^[A-Za-z0-9_-]+$'::text)),
    CONSTRAINT contest_mode_known CHECK (((mode)::text = ANY ((ARRAY['giveaway'::character varying, 'leaderboard'::character varying, 'waitlist'::character varying])::text[]))),
    CONSTRAINT contest_rounding_known CHECK (((rounding)::text = ANY ((ARRAY['nearest'::character varying, 'down'::character varying, 'up'::character varying])::text[]))),
    CONSTRAINT contest_status_known CHECK (((status)::text = ANY ((ARRAY['draft'::character varying, 'active'::character varying, 'paused'::character varying, 'ended'::character varying])::text[]))),
    CONSTRAINT contests_contest_cap_per_entry_check CHECK ((cap_per_entry >= 0)),
    CONSTRAINT contests_contest_cap_per_purchase_check CHECK ((cap_per_purchase >= 0))
);
CREATE TABLE public.contests_entry (
    id character varying(64) NOT NULL COLLATE pg_catalog."C",
    email character varying(254) NOT NULL,
    email_key character varying(762) NOT NULL COLLATE pg_catalog."C",
    near_key character varying(762) NOT NULL COLLATE pg_catalog."C",
    name character varying(200) NOT NULL,
    phone character varying(40) NOT NULL,
    phone_key character varying(121) NOT NULL COLLATE pg_catalog."C",
    referral_code character varying(40) NOT NULL COLLATE pg_catalog."C",
    email_confirmed boolean NOT NULL,
    is_disqualified boolean NOT NULL,
    points bigint NOT NULL,
    line_count integer NOT NULL,
    points_since timestamp with time zone NOT NULL,
    created_at timestamp with time zone NOT NULL,
    contest_id character varying(64) NOT NULL COLLATE pg_catalog."C",
    referred_by_id character varying(64) COLLATE pg_catalog."C",
    CONSTRAINT entry_has_email_or_phone CHECK (((NOT ((email)::text = ''::text)) OR (NOT ((phone)::text = ''::text)))),
    CONSTRAINT entry_is_consistent CHECK (public.entry_is_consistent((email)::text, (email_key)::text, (near_key)::text, (phone)::text, (phone_key)::text, line_count))
);
CREATE TABLE public.contests_entryimport (
    id character varying(64) NOT NULL COLLATE pg_catalog."C",
    file_name character varying(200) NOT NULL,
    state character varying(9) NOT NULL,
    content bytea NOT NULL,
    encoding character varying(20) NOT NULL,
    unread_columns jsonb NOT NULL,
    row_count integer NOT NULL,
    counts jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL,
    rows_deleted_at timestamp with time zone,
    actor_id bigint,
    contest_id character varying(64) NOT NULL COLLATE pg_catalog."C",
    job_id character varying(64) COLLATE pg_catalog."C",
    CONSTRAINT contests_entryimport_row_count_check CHECK ((row_count >= 0)),
    CONSTRAINT entryimport_state_known CHECK (((state)::text = ANY ((ARRAY['checking'::character varying, 'ready'::character varying, 'importing'::character varying, 'imported'::character varying, 'undoing'::character varying, 'undone'::character varying])::text[])))
);
CREATE TABLE public.contests_entryimportrow (
    id bigint NOT NULL,
    line integer NOT NULL,
    "values" jsonb NOT NULL,
    note character varying(300) NOT NULL,
    outcome character varying(14) NOT NULL,
    signed_up_since boolean NOT NULL,
    contest_id character varying(64) NOT NULL COLLATE pg_catalog."C",
    entry_id character varying(64) COLLATE pg_catalog."C",
    entry_import_id character varying(64) NOT NULL COLLATE pg_catalog."C",
    CONSTRAINT contests_entryimportrow_line_check CHECK ((line >= 0)),
    CONSTRAINT entryimportrow_outcome_known CHECK (((outcome)::text = ANY ((ARRAY['new'::character varying, 'known'::character varying, 'duplicate'::character varying, 'error'::character varying, 'imported'::character varying, 'removed'::character varying, 'points_removed'::character varying, 'stayed'::character varying])::text[])))
);
ALTER TABLE public.contests_entryimportrow ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.contests_entryimportrow_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.contests_entrytotals (
    contest_id character varying(64) NOT NULL COLLATE pg_catalog."C",
    entries bigint NOT NULL,
    confirmed_entries bigint NOT NULL,
    disqualified_entries bigint NOT NULL,
    points bigint NOT NULL,
    highest_points bigint NOT NULL,
    CONSTRAINT contests_entrytotals_confirmed_entries_check CHECK ((confirmed_entries >= 0)),
    CONSTRAINT contests_entrytotals_disqualified_entries_check CHECK ((disqualified_entries >= 0)),
    CONSTRAINT contests_entrytotals_entries_check CHECK ((entries >= 0))
);
CREATE TABLE public.contests_nameword (
    id bigint NOT NULL,
    word character varying(60) NOT NULL COLLATE pg_catalog."C",
    contest_id character varying(64) NOT NULL COLLATE pg_catalog."C",
    entry_id character varying(64) NOT NULL COLLATE pg_catalog."C"
);
ALTER TABLE public.contests_nameword ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.contests_nameword_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.contests_pointrule (
    id character varying(64) NOT NULL COLLATE pg_catalog."C",
    points_per_unit numeric(12,6) NOT NULL,
    fixed_points bigint NOT NULL,
    currency character varying(3) NOT NULL,
    amount_from numeric(16,4),
    amount_to numeric(16,4),
    valid_from timestamp with time zone,
    valid_until timestamp with time zone,
    first_purchase_only boolean NOT NULL,
    is_active boolean NOT NULL,
    contest_id character varying(64) NOT NULL COLLATE pg_catalog."C",
    CONSTRAINT contests_pointrule_fixed_points_check CHECK ((fixed_points >= 0)),
    CONSTRAINT pointrule_amount_from_can_be_paid CHECK (((amount_from IS NULL) OR ((amount_from >= (0)::numeric) AND (amount_from <= ('999999999999'::bigint)::numeric)))),
    CONSTRAINT pointrule_amount_to_is_positive CHECK (((amount_to IS NULL) OR (amount_to > (0)::numeric))),
    CONSTRAINT pointrule_amounts_in_order CHECK (((amount_from IS NULL) OR (amount_to IS NULL) OR (amount_to >= amount_from))),
    CONSTRAINT pointrule_dates_in_order CHECK (((valid_from IS NULL) OR (valid_until IS NULL) OR (valid_until > valid_from))),
    CONSTRAINT pointrule_fixed_points_not_negative CHECK (((fixed_points >= 0) AND (fixed_points <= 1000000000))),
    CONSTRAINT pointrule_gives_something CHECK (((points_per_unit > (0)::numeric) OR (fixed_points > 0))),
    CONSTRAINT pointrule_rate_not_negative CHECK (((points_per_unit >= (0)::numeric) AND (points_per_unit <= (100000)::numeric)))
);
CREATE TABLE public.contests_pointtransaction (
    id character varying(64) NOT NULL COLLATE pg_catalog."C",
    number integer NOT NULL,
    purchase_id character varying(64) COLLATE pg_catalog."C",
    kind character varying(12) NOT NULL,
    points bigint NOT NULL,
    balance bigint NOT NULL,
    reason character varying(500) NOT NULL,
    adjustment_id character varying(100) NOT NULL COLLATE pg_catalog."C",
    occurred_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone NOT NULL,
    actor_id bigint,
    contest_id character varying(64) NOT NULL COLLATE pg_catalog."C",
    entry_id character varying(64) NOT NULL COLLATE pg_catalog."C",
    undoes_id character varying(64) COLLATE pg_catalog."C",
    CONSTRAINT pointtransaction_is_consistent CHECK (public.pointtransaction_is_consistent(number, (kind)::text, points, (purchase_id)::text, (undoes_id)::text))
);
CREATE TABLE public.contests_ruleset (
    id character varying(64) NOT NULL COLLATE pg_catalog."C",
    number integer NOT NULL,
    content jsonb NOT NULL,
    published_at timestamp with time zone NOT NULL,
    contest_id character varying(64) NOT NULL COLLATE pg_catalog."C",
    published_by_id bigint,
    CONSTRAINT contests_ruleset_number_check CHECK ((number >= 0))
);
CREATE TABLE public.django_admin_log (
    id integer NOT NULL,
    action_time timestamp with time zone NOT NULL,
    object_id text,
    object_repr character varying(200) NOT NULL,
    action_flag smallint NOT NULL,
    change_message text NOT NULL,
    content_type_id integer,
    user_id bigint NOT NULL,
    CONSTRAINT django_admin_log_action_flag_check CHECK ((action_flag >= 0))
);
ALTER TABLE public.django_admin_log ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.django_admin_log_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.django_content_type (
    id integer NOT NULL,
    app_label character varying(100) NOT NULL,
    model character varying(100) NOT NULL
);
ALTER TABLE public.django_content_type ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.django_content_type_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.django_migrations (
    id bigint NOT NULL,
    app character varying(255) NOT NULL,
    name character varying(255) NOT NULL,
    applied timestamp with time zone NOT NULL
);
ALTER TABLE public.django_migrations ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.django_migrations_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.django_session (
    session_key character varying(40) NOT NULL,
    session_data text NOT NULL,
    expire_date timestamp with time zone NOT NULL
);
CREATE TABLE public.jobs_chore (
    name character varying(60) NOT NULL,
    due_at timestamp with time zone NOT NULL
);
CREATE TABLE public.jobs_job (
    id character varying(64) NOT NULL COLLATE pg_catalog."C",
    contest_id character varying(64) NOT NULL COLLATE pg_catalog."C",
    kind character varying(30) NOT NULL,
    is_exclusive boolean NOT NULL,
    state character varying(9) NOT NULL,
    params jsonb NOT NULL,
    result jsonb NOT NULL,
    problem character varying(300) NOT NULL,
    done bigint NOT NULL,
    total bigint,
    holder character varying(64) NOT NULL,
    leased_until timestamp with time zone,
    attempts smallint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    actor_id bigint,
    CONSTRAINT job_state_known CHECK (((state)::text = ANY ((ARRAY['waiting'::character varying, 'running'::character varying, 'done'::character varying, 'cancelled'::character varying, 'failed'::character varying])::text[]))),
    CONSTRAINT jobs_job_attempts_check CHECK ((attempts >= 0)),
    CONSTRAINT jobs_job_done_check CHECK ((done >= 0)),
    CONSTRAINT jobs_job_total_check CHECK ((total >= 0))
);
CREATE TABLE public.purchases_dailystat (
    id bigint NOT NULL,
    day date NOT NULL,
    figure character varying(10) NOT NULL,
    key character varying(64) NOT NULL COLLATE pg_catalog."C",
    count bigint NOT NULL,
    amount numeric(40,10) NOT NULL,
    contest_id character varying(64) NOT NULL COLLATE pg_catalog."C",
    CONSTRAINT dailystat_count_not_negative CHECK ((count >= 0)),
    CONSTRAINT dailystat_figure_known CHECK (((figure)::text = ANY ((ARRAY['purchases'::character varying, 'revenue'::character varying, 'rule'::character varying, 'rule_set'::character varying, 'ledger'::character varying, 'entries'::character varying, 'duplicates'::character varying])::text[])))
);
ALTER TABLE public.purchases_dailystat ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.purchases_dailystat_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.purchases_duplicatecount (
    id bigint NOT NULL,
    day date NOT NULL,
    times integer NOT NULL,
    contest_id character varying(64) NOT NULL COLLATE pg_catalog."C",
    purchase_id character varying(64) NOT NULL COLLATE pg_catalog."C",
    CONSTRAINT duplicatecount_counts_something CHECK ((times > 0)),
    CONSTRAINT purchases_duplicatecount_times_check CHECK ((times >= 0))
);
ALTER TABLE public.purchases_duplicatecount ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.purchases_duplicatecount_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.purchases_pendingrefund (
    id character varying(64) NOT NULL COLLATE pg_catalog."C",
    order_id character varying(255) NOT NULL COLLATE pg_catalog."C",
    order_key character varying(765) NOT NULL COLLATE pg_catalog."C",
    refund_id character varying(255) NOT NULL COLLATE pg_catalog."C",
    refund_key character varying(765) NOT NULL COLLATE pg_catalog."C",
    amount numeric(16,4),
    currency character varying(3) NOT NULL,
    reason character varying(500) NOT NULL,
    state character varying(7) NOT NULL,
    problem character varying(500) NOT NULL,
    is_dismissed boolean NOT NULL,
    received_at timestamp with time zone NOT NULL,
    api_key_id character varying(64) COLLATE pg_catalog."C",
    contest_id character varying(64) NOT NULL COLLATE pg_catalog."C",
    CONSTRAINT pendingrefund_amount_positive CHECK (((amount IS NULL) OR (amount > (0)::numeric) OR ((state)::text = 'refused'::text))),
    CONSTRAINT pendingrefund_currency_is_a_code CHECK ((((currency)::text = ''::text) OR ((currency)::text ~ '^[A-Z]{3}$'::text))),
    CONSTRAINT pendingrefund_state_known CHECK (((state)::text = ANY ((ARRAY['pending'::character varying, 'applied'::character varying, 'refused'::character varying])::text[])))
);
CREATE TABLE public.purchases_purchase (
    id character varying(64) NOT NULL COLLATE pg_catalog."C",
    order_id character varying(255) NOT NULL COLLATE pg_catalog."C",
    order_key character varying(765) NOT NULL COLLATE pg_catalog."C",
    email character varying(254) NOT NULL,
    email_key character varying(762) NOT NULL COLLATE pg_catalog."C",
    amount numeric(16,4) NOT NULL,
    currency character varying(3) NOT NULL,
    purchased_at timestamp with time zone NOT NULL,
    status character varying(18) NOT NULL,
    points_awarded bigint NOT NULL,
    points_now bigint NOT NULL,
    points_at_void bigint,
    refunded_amount numeric(16,4) NOT NULL,
    import_undone_at timestamp with time zone,
    scoring jsonb NOT NULL,
    duplicates integer NOT NULL,
    last_duplicate_at timestamp with time zone,
    last_differences jsonb,
    created_at timestamp with time zone NOT NULL,
    api_key_id character varying(64) COLLATE pg_catalog."C",
    contest_id character varying(64) NOT NULL COLLATE pg_catalog."C",
    entry_id character varying(64) NOT NULL COLLATE pg_catalog."C",
    rule_set_id character varying(64) COLLATE pg_catalog."C",
    source_import_id character varying(64) COLLATE pg_catalog."C",
    recalculated_award_id character varying(64) COLLATE pg_catalog."C",
    CONSTRAINT purchase_is_consistent CHECK (public.purchase_is_consistent((order_id)::text, amount, (currency)::text, (status)::text, refunded_amount, points_awarded, points_now, duplicates, (rule_set_id)::text, (recalculated_award_id)::text, (source_import_id)::text, import_undone_at))
);
CREATE TABLE public.purchases_purchaseimport (
    id character varying(64) NOT NULL COLLATE pg_catalog."C",
    file_name character varying(200) NOT NULL,
    state character varying(9) NOT NULL,
    content bytea NOT NULL,
    encoding character varying(20) NOT NULL,
    unread_columns jsonb NOT NULL,
    row_count integer NOT NULL,
    counts jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL,
    rows_deleted_at timestamp with time zone,
    adds_points boolean NOT NULL,
    day_first boolean,
    rows_without_zone integer NOT NULL,
    actor_id bigint,
    contest_id character varying(64) NOT NULL COLLATE pg_catalog."C",
    job_id character varying(64) COLLATE pg_catalog."C",
    CONSTRAINT purchaseimport_state_known CHECK (((state)::text = ANY ((ARRAY['checking'::character varying, 'ready'::character varying, 'importing'::character varying, 'imported'::character varying, 'undoing'::character varying, 'undone'::character varying])::text[]))),
    CONSTRAINT purchases_purchaseimport_row_count_check CHECK ((row_count >= 0)),
    CONSTRAINT purchases_purchaseimport_rows_without_zone_check CHECK ((rows_without_zone >= 0))
);
CREATE TABLE public.purchases_purchaseimportrow (
    id bigint NOT NULL,
    line integer NOT NULL,
    "values" jsonb NOT NULL,
    note character varying(300) NOT NULL,
    outcome character varying(9) NOT NULL,
    email_key character varying(762) NOT NULL COLLATE pg_catalog."C",
    points bigint NOT NULL,
    contest_id character varying(64) NOT NULL COLLATE pg_catalog."C",
    purchase_id character varying(64) COLLATE pg_catalog."C",
    purchase_import_id character varying(64) NOT NULL COLLATE pg_catalog."C",
    CONSTRAINT purchaseimportrow_outcome_known CHECK (((outcome)::text = ANY ((ARRAY['new'::character varying, 'known'::character varying, 'duplicate'::character varying, 'no_entry'::character varying, 'reversed'::character varying, 'error'::character varying, 'imported'::character varying, 'undone'::character varying, 'stayed'::character varying])::text[]))),
    CONSTRAINT purchaseimportrow_points_not_negative CHECK ((points >= 0)),
    CONSTRAINT purchases_purchaseimportrow_line_check CHECK ((line >= 0))
);
ALTER TABLE public.purchases_purchaseimportrow ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.purchases_purchaseimportrow_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.purchases_purchasetotals (
    contest_id character varying(64) NOT NULL COLLATE pg_catalog."C",
    purchases bigint NOT NULL,
    imported_purchases bigint NOT NULL,
    refunded_purchases bigint NOT NULL,
    points_awarded bigint NOT NULL,
    revenue jsonb NOT NULL,
    counted_at timestamp with time zone NOT NULL,
    counted_to character varying(26) NOT NULL COLLATE pg_catalog."C",
    CONSTRAINT purchases_purchasetotals_imported_purchases_check CHECK ((imported_purchases >= 0)),
    CONSTRAINT purchases_purchasetotals_purchases_check CHECK ((purchases >= 0)),
    CONSTRAINT purchases_purchasetotals_refunded_purchases_check CHECK ((refunded_purchases >= 0))
);
CREATE TABLE public.purchases_recalculatedaward (
    id character varying(64) NOT NULL COLLATE pg_catalog."C",
    scoring jsonb NOT NULL,
    points_before bigint NOT NULL,
    points_after bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    contest_id character varying(64) NOT NULL COLLATE pg_catalog."C",
    previous_id character varying(64) COLLATE pg_catalog."C",
    purchase_id character varying(64) NOT NULL COLLATE pg_catalog."C",
    rule_set_id character varying(64) NOT NULL COLLATE pg_catalog."C",
    recalculation_id character varying(64) NOT NULL COLLATE pg_catalog."C",
    CONSTRAINT recalculatedaward_points_not_negative CHECK (((points_after >= 0) AND (points_before >= 0)))
);
CREATE TABLE public.purchases_recalculation (
    id character varying(64) NOT NULL COLLATE pg_catalog."C",
    since timestamp with time zone,
    reason character varying(500) NOT NULL,
    at_purchase character varying(64) NOT NULL COLLATE pg_catalog."C",
    scored_count bigint NOT NULL,
    changed_count bigint NOT NULL,
    points bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    actor_id bigint,
    contest_id character varying(64) NOT NULL COLLATE pg_catalog."C",
    job_id character varying(64) NOT NULL COLLATE pg_catalog."C",
    rule_set_id character varying(64) NOT NULL COLLATE pg_catalog."C",
    undo_job_id character varying(64) COLLATE pg_catalog."C",
    CONSTRAINT purchases_recalculation_changed_count_check CHECK ((changed_count >= 0)),
    CONSTRAINT purchases_recalculation_scored_count_check CHECK ((scored_count >= 0)),
    CONSTRAINT recalculation_changed_at_most_scored CHECK ((changed_count <= scored_count))
);
CREATE TABLE public.purchases_refund (
    id character varying(64) NOT NULL COLLATE pg_catalog."C",
    order_id character varying(255) NOT NULL COLLATE pg_catalog."C",
    refund_id character varying(255) NOT NULL COLLATE pg_catalog."C",
    refund_key character varying(765) NOT NULL COLLATE pg_catalog."C",
    amount numeric(16,4) NOT NULL,
    currency character varying(3) NOT NULL,
    points_reversed bigint NOT NULL,
    reason character varying(500) NOT NULL,
    received_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone NOT NULL,
    actor_id bigint,
    api_key_id character varying(64) COLLATE pg_catalog."C",
    contest_id character varying(64) NOT NULL COLLATE pg_catalog."C",
    purchase_id character varying(64) NOT NULL COLLATE pg_catalog."C",
    CONSTRAINT refund_amount_positive CHECK ((amount > (0)::numeric)),
    CONSTRAINT refund_id_not_empty CHECK ((NOT ((refund_id)::text = ''::text))),
    CONSTRAINT refund_order_id_not_empty CHECK ((NOT ((order_id)::text = ''::text))),
    CONSTRAINT refund_points_not_negative CHECK ((points_reversed >= 0))
);
CREATE SEQUENCE public.purchases_rejectedpurchase_number
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
CREATE TABLE public.purchases_rejectedpurchase (
    id character varying(64) NOT NULL COLLATE pg_catalog."C",
    number bigint DEFAULT nextval('public.purchases_rejectedpurchase_number'::regclass) NOT NULL,
    contest_sent character varying(300) NOT NULL COLLATE pg_catalog."C",
    order_id character varying(255) NOT NULL COLLATE pg_catalog."C",
    order_key character varying(765) NOT NULL COLLATE pg_catalog."C",
    code character varying(40) NOT NULL,
    details jsonb NOT NULL,
    state character varying(9) NOT NULL,
    email character varying(300) NOT NULL,
    email_key character varying(900) NOT NULL COLLATE pg_catalog."C",
    amount character varying(300) NOT NULL,
    currency character varying(300) NOT NULL,
    purchased_at timestamp with time zone,
    contest_state jsonb,
    times integer NOT NULL,
    first_received_at timestamp with time zone NOT NULL,
    last_received_at timestamp with time zone NOT NULL,
    api_key_id character varying(64) NOT NULL COLLATE pg_catalog."C",
    contest_id character varying(64) COLLATE pg_catalog."C",
    purchase_id character varying(64) COLLATE pg_catalog."C",
    rule_set_id character varying(64) COLLATE pg_catalog."C",
    team_id character varying(64) NOT NULL COLLATE pg_catalog."C",
    CONSTRAINT purchases_rejectedpurchase_times_check CHECK ((times >= 0)),
    CONSTRAINT rejected_contest_is_the_one_sent CHECK (((contest_id IS NULL) OR ((contest_id)::text = (contest_sent)::text))),
    CONSTRAINT rejected_held_can_be_scored CHECK (((NOT ((state)::text = 'held'::text)) OR ((contest_id IS NOT NULL) AND (purchased_at IS NOT NULL) AND (rule_set_id IS NOT NULL)))),
    CONSTRAINT rejected_recorded_names_its_purchase CHECK ((((purchase_id IS NOT NULL) AND ((state)::text = 'recorded'::text)) OR ((NOT ((state)::text = 'recorded'::text)) AND (purchase_id IS NULL)))),
    CONSTRAINT rejected_state_known CHECK (((state)::text = ANY ((ARRAY['rejected'::character varying, 'held'::character varying, 'recorded'::character varying, 'dismissed'::character varying])::text[])))
);
CREATE UNLOGGED TABLE public.purchases_rejectioncount (
    id bigint NOT NULL,
    day date NOT NULL,
    code character varying(40) NOT NULL,
    key_id character varying(64) NOT NULL COLLATE pg_catalog."C",
    slot smallint NOT NULL,
    times bigint NOT NULL,
    CONSTRAINT purchases_rejectioncount_slot_check CHECK ((slot >= 0)),
    CONSTRAINT purchases_rejectioncount_times_check CHECK ((times >= 0))
);
ALTER TABLE public.purchases_rejectioncount ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.purchases_rejectioncount_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.purchases_retentiongap (
    contest_id character varying(64) NOT NULL COLLATE pg_catalog."C",
    since timestamp with time zone NOT NULL,
    held_deleted bigint NOT NULL,
    held_deleted_at timestamp with time zone,
    CONSTRAINT purchases_retentiongap_held_deleted_check CHECK ((held_deleted >= 0))
);
CREATE TABLE public.purchases_rollupcursor (
    contest_id character varying(64) NOT NULL COLLATE pg_catalog."C",
    until timestamp with time zone NOT NULL
);
INSERT INTO public.accounts_invitation (id, email, email_key, role, digest, created_at, expires_at, revoked_at, accepted_at, accepted_by_id, created_by_id, team_id) VALUES ('invitation_1jc0wxhanj801nh64g11n1fedf', 'new@example.com', 'new@example.com', 'support', 'f0774d02444266e4e6d791561069e54f936b6b773372de384a2719fe94919477', '2026-03-02 09:30:00.000074+00', '2026-03-09 09:30:00.000073+00', NULL, NULL, NULL, 1, 'team_1jc0wxhanh7v3s3dtr98h6bcfn');
INSERT INTO public.accounts_invitation (id, email, email_key, role, digest, created_at, expires_at, revoked_at, accepted_at, accepted_by_id, created_by_id, team_id) VALUES ('invitation_1jc0wxhanhyyhx42txb7dp2147', 'support@example.com', 'support@example.com', 'support', '0f9ebe7f24ac07a60209369bebab927ce79a99d99b3ec6caf3ded908b84a8c6d', '2026-03-02 09:30:00.000064+00', '2026-03-09 09:30:00.000063+00', NULL, '2026-03-02 09:30:00.000076+00', 2, 1, 'team_1jc0wxhanh7v3s3dtr98h6bcfn');
INSERT INTO public.accounts_invitation (id, email, email_key, role, digest, created_at, expires_at, revoked_at, accepted_at, accepted_by_id, created_by_id, team_id) VALUES ('invitation_1jc0wxhanj3fcgwqgrqbsj1kaq', 'former@example.com', 'former@example.com', 'support', '02d8a590ae700dd91f38b5a58b31a041e1afd6807fce14718bf9a51029409e84', '2026-03-02 09:30:00.000069+00', '2026-03-09 09:30:00.000068+00', '2026-03-02 09:30:00.000082+00', NULL, NULL, 1, 'team_1jc0wxhanh7v3s3dtr98h6bcfn');
INSERT INTO public.accounts_membership (id, role, created_at, user_id, team_id) VALUES ('membership_1jc0wxhanhtqaza1cjgpdy7kpb', 'owner', '2026-03-02 09:30:00.000059+00', 1, 'team_1jc0wxhanh7v3s3dtr98h6bcfn');
INSERT INTO public.accounts_membership (id, role, created_at, user_id, team_id) VALUES ('membership_1jc0wxhanjdhkjtqdqkehafbgz', 'support', '2026-03-02 09:30:00.000078+00', 2, 'team_1jc0wxhanh7v3s3dtr98h6bcfn');
INSERT INTO public.accounts_signinfailures (id, address, username, times, last_at) VALUES (1, '203.0.113.7', 'owner', '{"2026-03-06 22:30:00.000698+00"}', '2026-03-06 22:30:00.000698+00');
INSERT INTO public.accounts_team (id, name, created_at) VALUES ('team_1jc0wxhanh7v3s3dtr98h6bcfn', 'Corner shop', '2026-03-02 09:30:00.00004+00');
INSERT INTO public.accounts_team (id, name, created_at) VALUES ('team_1jc5d2y3rqtzbce9dxjyf2h5v1', 'Book club', '2026-03-04 04:30:00.000251+00');
INSERT INTO public.accounts_user (id, password, last_login, is_superuser, username, first_name, last_name, email, is_staff, is_active, date_joined) VALUES (1, '!', NULL, false, 'owner', '', '', 'owner@example.com', true, true, '2026-03-02 09:30:00.000055+00');
INSERT INTO public.accounts_user (id, password, last_login, is_superuser, username, first_name, last_name, email, is_staff, is_active, date_joined) VALUES (2, '!', NULL, false, 'support', '', '', 'support@example.com', true, true, '2026-03-02 09:30:00.000056+00');
INSERT INTO public.accounts_user (id, password, last_login, is_superuser, username, first_name, last_name, email, is_staff, is_active, date_joined) VALUES (3, '!', NULL, true, 'admin', '', '', 'admin@example.com', true, true, '2026-03-02 09:30:00.000057+00');
INSERT INTO public.apikeys_apikey (id, kind, name, prefix, digest, rate_limit, created_at, expires_at, revoked_at, last_used_at, created_by_id, team_id) VALUES ('key_1jc0wxhanhkms0d0wyq42vdsq3', 'private', 'private key', 'brk_priv_000000', '3e1711b9bea27575ad24532c9f2ead0721d1109485536755214d88a69c3da3c7', NULL, '2026-03-02 09:30:00.000053+00', NULL, NULL, NULL, NULL, 'team_1jc0wxhanh7v3s3dtr98h6bcfn');
INSERT INTO public.apikeys_apikey (id, kind, name, prefix, digest, rate_limit, created_at, expires_at, revoked_at, last_used_at, created_by_id, team_id) VALUES ('key_1jc0wxhanhmy1g4pt17y59m0gy', 'public', 'public key', 'brk_pub_000000', '2340c1ec2d951cfb32b160c7844ca574bbeef2b7305123fbef82c661b4caeb20', NULL, '2026-03-02 09:30:00.000054+00', NULL, NULL, NULL, NULL, 'team_1jc0wxhanh7v3s3dtr98h6bcfn');
INSERT INTO public.apikeys_apikey (id, kind, name, prefix, digest, rate_limit, created_at, expires_at, revoked_at, last_used_at, created_by_id, team_id) VALUES ('key_1jc0wxhanjkt4dkv8qwf60x5fe', 'private', 'old web shop', 'brk_priv_111111', 'ef36a4c4e7323e748699736639b3451e3748ad21ae079bc63f63eb20ca31679e', 60, '2026-03-02 09:30:00.000084+00', NULL, '2026-03-02 09:30:00.000085+00', NULL, 1, 'team_1jc0wxhanh7v3s3dtr98h6bcfn');
INSERT INTO public.apikeys_apikey (id, kind, name, prefix, digest, rate_limit, created_at, expires_at, revoked_at, last_used_at, created_by_id, team_id) VALUES ('key_1jc5d2y3rr6a42zmqqj99wc5zb', 'private', 'private key', 'brk_priv_222222', 'c936bb61c520d9419936667a7010ac683bd19f0d487ccc36f1165b6bdbe49203', NULL, '2026-03-04 04:30:00.000264+00', NULL, NULL, NULL, NULL, 'team_1jc5d2y3rqtzbce9dxjyf2h5v1');
INSERT INTO public.apikeys_apikey (id, kind, name, prefix, digest, rate_limit, created_at, expires_at, revoked_at, last_used_at, created_by_id, team_id) VALUES ('key_1jc5d2y3rr7jgxhqejxz5f0y5g', 'public', 'public key', 'brk_pub_222222', '1d52015fc59de307a6fefa716e5255891d09d358cc573b3d34a71d70dcb0e6c2', NULL, '2026-03-04 04:30:00.000265+00', NULL, NULL, NULL, NULL, 'team_1jc5d2y3rqtzbce9dxjyf2h5v1');
INSERT INTO public.audit_auditevent (id, team_id, contest_id, action, object_type, object_id, reason, before, after, api_key_id, api_key_name, request_digest, created_at, actor_id) VALUES ('event_1jc0wxhanhes7p2bkpjtkcxk0v', 'team_1jc0wxhanh7v3s3dtr98h6bcfn', '1jc0wxhanh920w71nvrk6p2fhg', 'published', 'contest', '1jc0wxhanh920w71nvrk6p2fhg', '', '{}', '{"rules": ["1 point per 1.00"], "rounding": "nearest", "rule set": 1, "maximum points per purchase": null, "maximum purchase points per entry": null}', '', '', '35cb84f4691c214b420c2e1ecae0e04e065a08674c7d0b8bbb1a83ecb0e67790', '2026-03-02 09:30:00.000047+00', NULL);
INSERT INTO public.audit_auditevent (id, team_id, contest_id, action, object_type, object_id, reason, before, after, api_key_id, api_key_name, request_digest, created_at, actor_id) VALUES ('event_1jc0wxhanhws264ebvrw0qc9t1', 'team_1jc0wxhanh7v3s3dtr98h6bcfn', NULL, 'added', 'invitation', 'invitation_1jc0wxhanhyyhx42txb7dp2147', '', '{}', '{"role": "support", "email": "changed"}', '', '', '603f6064be8fa3c5a218f7a7bc4fe97447a8a3559645094b6c3f8957851b2472', '2026-03-02 09:30:00.000061+00', 1);
INSERT INTO public.audit_auditevent (id, team_id, contest_id, action, object_type, object_id, reason, before, after, api_key_id, api_key_name, request_digest, created_at, actor_id) VALUES ('event_1jc0wxhanj1dm396nej27va9hc', 'team_1jc0wxhanh7v3s3dtr98h6bcfn', NULL, 'added', 'invitation', 'invitation_1jc0wxhanj3fcgwqgrqbsj1kaq', '', '{}', '{"role": "support", "email": "changed"}', '', '', 'c067237323201467c279b0932146a23c128c4a4c43190f357b0319092673ad70', '2026-03-02 09:30:00.000066+00', 1);
INSERT INTO public.audit_auditevent (id, team_id, contest_id, action, object_type, object_id, reason, before, after, api_key_id, api_key_name, request_digest, created_at, actor_id) VALUES ('event_1jc0wxhanj6bdd0dydzxy283a9', 'team_1jc0wxhanh7v3s3dtr98h6bcfn', NULL, 'added', 'invitation', 'invitation_1jc0wxhanj801nh64g11n1fedf', '', '{}', '{"role": "support", "email": "changed"}', '', '', '6a36f6b652ff254030a7ee9783c906717ace87e965e20ff911c6894ab37d7cc2', '2026-03-02 09:30:00.000071+00', 1);
INSERT INTO public.audit_auditevent (id, team_id, contest_id, action, object_type, object_id, reason, before, after, api_key_id, api_key_name, request_digest, created_at, actor_id) VALUES ('event_1jc0wxhanjb7bcvy240g3jjqj2', 'team_1jc0wxhanh7v3s3dtr98h6bcfn', NULL, 'accepted', 'invitation', 'invitation_1jc0wxhanhyyhx42txb7dp2147', '', '{}', '{"role": "support"}', '', '', '2cfcacc3a8f2555181306546050d620c20d800d5a83ec1f14ea820e5862ef910', '2026-03-02 09:30:00.000076+00', 2);
INSERT INTO public.audit_auditevent (id, team_id, contest_id, action, object_type, object_id, reason, before, after, api_key_id, api_key_name, request_digest, created_at, actor_id) VALUES ('event_1jc0wxhanjfvhjwhyw1tasyejh', 'team_1jc0wxhanh7v3s3dtr98h6bcfn', NULL, 'added', 'membership', 'membership_1jc0wxhanjdhkjtqdqkehafbgz', '', '{}', '{"role": "support", "invitation": "invitation_1jc0wxhanhyyhx42txb7dp2147"}', '', '', 'e0e9b0b91c498e9b89498d788ca615ec276bcc119d88dba30a87a4aeecf8c8f1', '2026-03-02 09:30:00.00008+00', 2);
INSERT INTO public.audit_auditevent (id, team_id, contest_id, action, object_type, object_id, reason, before, after, api_key_id, api_key_name, request_digest, created_at, actor_id) VALUES ('event_1jc0wxhanjhhmcrskyjwbq6c4c', 'team_1jc0wxhanh7v3s3dtr98h6bcfn', NULL, 'revoked', 'invitation', 'invitation_1jc0wxhanj3fcgwqgrqbsj1kaq', '', '{}', '{}', '', '', 'af98ad2be574fc712bfdaa686c59e7d016fdc83307738b79abe7e4562f34414a', '2026-03-02 09:30:00.000082+00', 1);
INSERT INTO public.audit_auditevent (id, team_id, contest_id, action, object_type, object_id, reason, before, after, api_key_id, api_key_name, request_digest, created_at, actor_id) VALUES ('event_1jc2bvjgkkfhy04ay340gp2m12', 'team_1jc0wxhanh7v3s3dtr98h6bcfn', '1jc0wxhanh920w71nvrk6p2fhg', 'published', 'contest', '1jc0wxhanh920w71nvrk6p2fhg', '', '{"rules": ["1 point per 1.00"], "rounding": "nearest", "rule set": 1, "maximum points per purchase": null, "maximum purchase points per entry": null}', '{"rules": ["1 point per 1.00", "2.5 points per 1.00 EUR and 5 points, from 1 March 2026 09:30 UTC until 1 April 2026 09:30 UTC", "100 points on an entry''s first purchase", "7 points on purchases of 50.00 to 99.99", "3 points per 1.00 (off)"], "rounding": "down", "rule set": 2, "maximum points per purchase": 400, "maximum purchase points per entry": 1000}', '', '', '35cb84f4691c214b420c2e1ecae0e04e065a08674c7d0b8bbb1a83ecb0e67790', '2026-03-02 23:30:00.000112+00', NULL);
INSERT INTO public.audit_auditevent (id, team_id, contest_id, action, object_type, object_id, reason, before, after, api_key_id, api_key_name, request_digest, created_at, actor_id) VALUES ('event_1jc0wxhanjp9dvcap1ztjz17k3', 'team_1jc0wxhanh7v3s3dtr98h6bcfn', '1jc0wxhanh920w71nvrk6p2fhg', 'changed', 'entry', 'entry_1jc2bvjgkk5g6b8r88shs1en7f', 'Asked by the customer', '{"is_disqualified": false}', '{"is_disqualified": true}', '', '', '75b01a2238f75c9f5dba265d770cd639293090b569c5a3880aca17bb1b662a56', '2026-03-02 09:30:00.000087+00', 1);
INSERT INTO public.audit_auditevent (id, team_id, contest_id, action, object_type, object_id, reason, before, after, api_key_id, api_key_name, request_digest, created_at, actor_id) VALUES ('event_1jc3tskphmytx830f89pctej94', 'team_1jc0wxhanh7v3s3dtr98h6bcfn', '1jc0wxhanh920w71nvrk6p2fhg', 'refunded', 'purchase', 'purchase_1jc2bvjgkknj7yd6xe57v55m08', 'Sent back', '{"entry": "entry_1jc2bvjgkk23f449yy44r26p0c", "points": 67, "status": "recorded", "refunded": 0.0000}', '{"entry": "entry_1jc2bvjgkk23f449yy44r26p0c", "points": 40, "status": "partially_refunded", "refunded": 20.0000}', 'key_1jc0wxhanhkms0d0wyq42vdsq3', 'private key', 'e52bd4b943a2582a82dab179fbbaf419466957a20767bbaf81da91d62271a384', '2026-03-03 13:30:00.000159+00', NULL);
INSERT INTO public.audit_auditevent (id, team_id, contest_id, action, object_type, object_id, reason, before, after, api_key_id, api_key_name, request_digest, created_at, actor_id) VALUES ('event_1jc3tskphn6y6xw3ssmwy3ar9e', 'team_1jc0wxhanh7v3s3dtr98h6bcfn', '1jc0wxhanh920w71nvrk6p2fhg', 'refunded', 'purchase', 'purchase_1jc2bvjgkknj7yd6xe57v55m08', 'Sent back', '{"entry": "entry_1jc2bvjgkk23f449yy44r26p0c", "points": 40, "status": "partially_refunded", "refunded": 20.0000}', '{"entry": "entry_1jc2bvjgkk23f449yy44r26p0c", "points": 30, "status": "partially_refunded", "refunded": 30.0000}', 'key_1jc0wxhanhkms0d0wyq42vdsq3', 'private key', '67ddb466c097dab50431604df9d7dcc481dd85762b6889dffa9d368382b33720', '2026-03-03 13:30:00.000167+00', NULL);
INSERT INTO public.audit_auditevent (id, team_id, contest_id, action, object_type, object_id, reason, before, after, api_key_id, api_key_name, request_digest, created_at, actor_id) VALUES ('event_1jc3tskphnehm98y0gv0hac25z', 'team_1jc0wxhanh7v3s3dtr98h6bcfn', '1jc0wxhanh920w71nvrk6p2fhg', 'refunded', 'purchase', 'purchase_1jc2bvjgkkj16xkf0xjzgf79zf', 'Sent back', '{"entry": "entry_1jc2bvjgkk23f449yy44r26p0c", "points": 392, "status": "recorded", "refunded": 0.0000}', '{"entry": "entry_1jc2bvjgkk23f449yy44r26p0c", "points": 0, "status": "refunded", "refunded": 80.0000}', 'key_1jc0wxhanhkms0d0wyq42vdsq3', 'private key', 'c799376ba12d3b7716a271afedccaf19d65e4aad22b5f1865db1f9e5eb00aba0', '2026-03-03 13:30:00.000175+00', NULL);
INSERT INTO public.audit_auditevent (id, team_id, contest_id, action, object_type, object_id, reason, before, after, api_key_id, api_key_name, request_digest, created_at, actor_id) VALUES ('event_1jc3tskphnpzqdvf9nhxgndh6z', 'team_1jc0wxhanh7v3s3dtr98h6bcfn', '1jc0wxhanh920w71nvrk6p2fhg', 'voided', 'purchase', 'purchase_1jc2bvjgkkrz5dxc70cvf2dsjn', 'Asked by the customer', '{"entry": "entry_1jc0wxhanhgfkhg1sehgtvz69d", "points": 400, "status": "recorded", "refunded": 0.0000}', '{"entry": "entry_1jc0wxhanhgfkhg1sehgtvz69d", "points": 0, "status": "voided", "refunded": 0.0000}', '', '', '42c801f7494e38dccd51d249b619b99842d72b5cc0d617a3b95366ba2010bd0c', '2026-03-03 13:30:00.000183+00', 1);
INSERT INTO public.audit_auditevent (id, team_id, contest_id, action, object_type, object_id, reason, before, after, api_key_id, api_key_name, request_digest, created_at, actor_id) VALUES ('event_1jc3tskphnv3n5eh8ecmg028bg', 'team_1jc0wxhanh7v3s3dtr98h6bcfn', '1jc0wxhanh920w71nvrk6p2fhg', 'refunded', 'purchase', 'purchase_1jc2bvjgkm7ws6dzp0gvfj55jg', 'Sent back', '{"entry": "entry_1jc2bvjgkk23f449yy44r26p0c", "points": 25, "status": "recorded", "refunded": 0.0000}', '{"entry": "entry_1jc2bvjgkk23f449yy44r26p0c", "points": 20, "status": "partially_refunded", "refunded": 5.0000}', 'key_1jc0wxhanhkms0d0wyq42vdsq3', 'private key', '3a7dc1474ecce84ab726363129b612eb8388d6b0905221494f848a108f442c01', '2026-03-03 13:30:00.000188+00', NULL);
INSERT INTO public.audit_auditevent (id, team_id, contest_id, action, object_type, object_id, reason, before, after, api_key_id, api_key_name, request_digest, created_at, actor_id) VALUES ('event_1jc3tskphp3758sqpeep91xf76', 'team_1jc0wxhanh7v3s3dtr98h6bcfn', '1jc0wxhanh920w71nvrk6p2fhg', 'voided', 'purchase', 'purchase_1jc2bvjgkm7ws6dzp0gvfj55jg', 'Asked by the customer', '{"entry": "entry_1jc2bvjgkk23f449yy44r26p0c", "points": 20, "status": "partially_refunded", "refunded": 5.0000}', '{"entry": "entry_1jc2bvjgkk23f449yy44r26p0c", "points": 0, "status": "voided", "refunded": 5.0000}', '', '', '2f2377cc9107f1f15aa427fc42f236b67a14e802ba92e77a3f76ee3c8a46b87a', '2026-03-03 13:30:00.000196+00', 1);
INSERT INTO public.audit_auditevent (id, team_id, contest_id, action, object_type, object_id, reason, before, after, api_key_id, api_key_name, request_digest, created_at, actor_id) VALUES ('event_1jc3tskphp8wg5ttcchd24g01g', 'team_1jc0wxhanh7v3s3dtr98h6bcfn', '1jc0wxhanh920w71nvrk6p2fhg', 'restored', 'purchase', 'purchase_1jc2bvjgkm7ws6dzp0gvfj55jg', 'Asked by the customer', '{"entry": "entry_1jc2bvjgkk23f449yy44r26p0c", "points": 0, "status": "voided", "refunded": 5.0000}', '{"entry": "entry_1jc2bvjgkk23f449yy44r26p0c", "points": 20, "status": "partially_refunded", "refunded": 5.0000}', '', '', 'c58bf0e5a97d6b256a4e4736c8df828997d42ba7c33f38b5a7151f9f3d39e0d5', '2026-03-03 13:30:00.000201+00', 1);
INSERT INTO public.audit_auditevent (id, team_id, contest_id, action, object_type, object_id, reason, before, after, api_key_id, api_key_name, request_digest, created_at, actor_id) VALUES ('event_1jc3tskphpdemhtgyhzzpd2d2y', 'team_1jc0wxhanh7v3s3dtr98h6bcfn', '1jc0wxhanh920w71nvrk6p2fhg', 'moved', 'purchase', 'purchase_1jc2bvjgkmaafxq1w75mspp6j5', 'Asked by the customer', '{"entry": "entry_1jc2bvjgkk23f449yy44r26p0c", "points": 26, "status": "recorded", "refunded": 0.0000}', '{"entry": "entry_1jc0wxhanhgfkhg1sehgtvz69d", "points": 26, "status": "recorded", "refunded": 0.0000}', '', '', '04af5988114615fda687cd3968c18b17eea81983da424be0aa027fce827bf60e', '2026-03-03 13:30:00.000206+00', 1);
INSERT INTO public.audit_auditevent (id, team_id, contest_id, action, object_type, object_id, reason, before, after, api_key_id, api_key_name, request_digest, created_at, actor_id) VALUES ('event_1jc4nkxgsq3838spm0md5ma893', 'team_1jc0wxhanh7v3s3dtr98h6bcfn', '1jc0wxhanh920w71nvrk6p2fhg', 'attached', 'rejectedpurchase', 'rejected_1jc4nkxgsq2t5yhgpj365ftabk', 'Asked by the customer', '{"state": "held"}', '{"entry": "entry_1jc0wxhanhgfkhg1sehgtvz69d", "state": "recorded", "purchase": "purchase_1jc4nkxgsq6a27m7andjv2r8me"}', '', '', 'a063fe8940bad32069923fe1b7fe2a084660e777f900e8ce4d5045357e62a4f7', '2026-03-03 21:30:00.000228+00', 1);
INSERT INTO public.audit_auditevent (id, team_id, contest_id, action, object_type, object_id, reason, before, after, api_key_id, api_key_name, request_digest, created_at, actor_id) VALUES ('event_1jc4nkxgsqazecjvx7b01b11zr', 'team_1jc0wxhanh7v3s3dtr98h6bcfn', '1jc0wxhanh920w71nvrk6p2fhg', 'attached', 'rejectedpurchase', 'rejected_1jc4nkxgsq90vgm94czx8m4cm6', 'Asked by the customer', '{"state": "held"}', '{"entry": "entry_1jc0wxhanhgfkhg1sehgtvz69d", "state": "recorded", "purchase": "purchase_1jc4nkxgsqdq7mqa97rfpf8q6b"}', '', '', 'e9707c4f5d509263dfc20f259bcd69399a67afed1be466e5680c426fab4498c5', '2026-03-03 21:30:00.000235+00', 1);
INSERT INTO public.audit_auditevent (id, team_id, contest_id, action, object_type, object_id, reason, before, after, api_key_id, api_key_name, request_digest, created_at, actor_id) VALUES ('event_1jc4nkxgsqhx710vq2nc81wxfb', 'team_1jc0wxhanh7v3s3dtr98h6bcfn', '1jc0wxhanh920w71nvrk6p2fhg', 'voided', 'purchase', 'purchase_1jc4nkxgsqdq7mqa97rfpf8q6b', 'Asked by the customer', '{"entry": "entry_1jc0wxhanhgfkhg1sehgtvz69d", "points": 10, "status": "recorded", "refunded": 0.0000}', '{"entry": "entry_1jc0wxhanhgfkhg1sehgtvz69d", "points": 0, "status": "voided", "refunded": 0.0000}', '', '', '507ee3c43c8b8e702d333d262f4b410ee3a294acb55b3c56e4d78d735141a896', '2026-03-03 21:30:00.000242+00', 1);
INSERT INTO public.audit_auditevent (id, team_id, contest_id, action, object_type, object_id, reason, before, after, api_key_id, api_key_name, request_digest, created_at, actor_id) VALUES ('event_1jc4nkxgsqfcr50cscq1j2mdbw', 'team_1jc0wxhanh7v3s3dtr98h6bcfn', '1jc0wxhanh920w71nvrk6p2fhg', 'detached', 'rejectedpurchase', 'rejected_1jc4nkxgsq90vgm94czx8m4cm6', 'Asked by the customer', '{"entry": "entry_1jc0wxhanhgfkhg1sehgtvz69d", "state": "recorded", "purchase": "purchase_1jc4nkxgsqdq7mqa97rfpf8q6b"}', '{"state": "held"}', '', '', '0f983176f018ddb730cbf2966ead89bc34229408adf18f37a7166ccc8e812688', '2026-03-03 21:30:00.00024+00', 1);
INSERT INTO public.audit_auditevent (id, team_id, contest_id, action, object_type, object_id, reason, before, after, api_key_id, api_key_name, request_digest, created_at, actor_id) VALUES ('event_1jc5d2y3rr19tkad6cnt5acwhn', 'team_1jc5d2y3rqtzbce9dxjyf2h5v1', '1jc5d2y3rqwvr8nz2vxvj2ck4z', 'published', 'contest', '1jc5d2y3rqwvr8nz2vxvj2ck4z', '', '{}', '{"rules": ["1 point per 1.00"], "rounding": "nearest", "rule set": 1, "maximum points per purchase": null, "maximum purchase points per entry": null}', '', '', '722cd99b1f8d5ec7af0fc077dba73e49a37f91ba2f1d6810753d7a2d7d0e3f5b', '2026-03-04 04:30:00.000258+00', NULL);
INSERT INTO public.audit_auditevent (id, team_id, contest_id, action, object_type, object_id, reason, before, after, api_key_id, api_key_name, request_digest, created_at, actor_id) VALUES ('event_1jc5d2y3rrpwj80eqn0s8kdfv2', 'team_1jc0wxhanh7v3s3dtr98h6bcfn', '1jc0wxhanh920w71nvrk6p2fhg', 'dismissed', 'rejectedpurchase', 'rejected_1jc5d2y3rrb4dj023mjybz59r2', 'Asked by the customer', '{"state": "rejected"}', '{"state": "dismissed"}', '', '', '8a941f0850958e221025cce26bb1be8e785278cc185ce6c18cd07efcea48b271', '2026-03-04 04:30:00.000279+00', 1);
INSERT INTO public.audit_auditevent (id, team_id, contest_id, action, object_type, object_id, reason, before, after, api_key_id, api_key_name, request_digest, created_at, actor_id) VALUES ('event_1jc5d2y3rrre0yq8d9tek1mpf3', 'team_1jc0wxhanh7v3s3dtr98h6bcfn', '1jc0wxhanh920w71nvrk6p2fhg', 'dismissed', 'rejectedpurchase', 'rejected_1jc5d2y3rrdtgzqd0x2h15aehk', 'Asked by the customer', '{"state": "rejected"}', '{"state": "dismissed"}', '', '', 'ee5f72c19e50b6e925744c8a89d6bb33fde05fd0eda9b673b1bd8c5ab448ef03', '2026-03-04 04:30:00.000281+00', 1);
INSERT INTO public.audit_auditevent (id, team_id, contest_id, action, object_type, object_id, reason, before, after, api_key_id, api_key_name, request_digest, created_at, actor_id) VALUES ('event_1jc5d2y3rrtmeazftk23q1q364', 'team_1jc0wxhanh7v3s3dtr98h6bcfn', '1jc0wxhanh920w71nvrk6p2fhg', 'reopened', 'rejectedpurchase', 'rejected_1jc5d2y3rrdtgzqd0x2h15aehk', 'Asked by the customer', '{"state": "dismissed"}', '{"state": "rejected"}', '', '', 'ed25eb29684c954154a4255800fc9b036b8ce288baf2f153724781e5a4569da2', '2026-03-04 04:30:00.000283+00', 1);
INSERT INTO public.audit_auditevent (id, team_id, contest_id, action, object_type, object_id, reason, before, after, api_key_id, api_key_name, request_digest, created_at, actor_id) VALUES ('event_1jc5d2y3rrw7m3kjbtp6xkwy0f', 'team_1jc0wxhanh7v3s3dtr98h6bcfn', '1jc0wxhanh920w71nvrk6p2fhg', 'recorded', 'rejectedpurchase', 'rejected_1jc5d2y3rrhkk2r4ww35katmfx', 'Asked by the customer', '{"state": "rejected"}', '{"state": "recorded", "purchase": "purchase_1jc5d2y3rrznz7xf8e0n81zhqm"}', '', '', 'a7248863144cdbbd8629fc705bec8a5cf52f393d6820c6c6cf0cba233a2fd670', '2026-03-04 04:30:00.000285+00', 1);
INSERT INTO public.audit_auditevent (id, team_id, contest_id, action, object_type, object_id, reason, before, after, api_key_id, api_key_name, request_digest, created_at, actor_id) VALUES ('event_1jc64hypqscbsy17pxbajk37t7', 'team_1jc0wxhanh7v3s3dtr98h6bcfn', '1jc0wxhanh920w71nvrk6p2fhg', 'refunded', 'purchase', 'purchase_1jc64hypqsaxfgrnn95mw2y8f4', 'Sent back', '{"entry": "entry_1jc0wxhanhgfkhg1sehgtvz69d", "points": 15, "status": "recorded", "refunded": 0.0000}', '{"entry": "entry_1jc0wxhanhgfkhg1sehgtvz69d", "points": 10, "status": "partially_refunded", "refunded": 5.0000}', 'key_1jc0wxhanhkms0d0wyq42vdsq3', 'private key', '36d5fd7c9653b1fde0b54e8f55a9e6635884ccb0aa1c70e9acf9a2fafb97d2ee', '2026-03-04 11:30:00.000301+00', NULL);
INSERT INTO public.audit_auditevent (id, team_id, contest_id, action, object_type, object_id, reason, before, after, api_key_id, api_key_name, request_digest, created_at, actor_id) VALUES ('event_1jc64hypqstevvs1f5vtsrdmjw', 'team_1jc0wxhanh7v3s3dtr98h6bcfn', '1jc0wxhanh920w71nvrk6p2fhg', 'dismissed', 'pendingrefund', 'refund_1jc64hypqsspe2mj96y1fj47fw', 'Asked by the customer', '{"state": "refused", "dismissed": false}', '{"state": "refused", "dismissed": true}', '', '', '07c1510407d66f04b8c35b38056edb09f6a4998432ac60d13e5e7676b429e59b', '2026-03-04 11:30:00.000315+00', 1);
INSERT INTO public.audit_auditevent (id, team_id, contest_id, action, object_type, object_id, reason, before, after, api_key_id, api_key_name, request_digest, created_at, actor_id) VALUES ('event_1jc6w0z9pszj8r74jf0qtwfeda', 'team_1jc0wxhanh7v3s3dtr98h6bcfn', '1jc0wxhanh920w71nvrk6p2fhg', 'adjusted', 'entry', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', 'Asked by the customer', '{"points": 676}', '{"points": 796}', '', '', '2674910c768d248c1c69ff1532971e29814c424d79a784c29e5edfe248162732', '2026-03-04 18:30:00.00032+00', 1);
INSERT INTO public.audit_auditevent (id, team_id, contest_id, action, object_type, object_id, reason, before, after, api_key_id, api_key_name, request_digest, created_at, actor_id) VALUES ('event_1jc6w0z9pt46yptfxd9h02e1a6', 'team_1jc0wxhanh7v3s3dtr98h6bcfn', '1jc0wxhanh920w71nvrk6p2fhg', 'adjusted', 'entry', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', 'Asked by the customer', '{"points": 796}', '{"points": 776}', '', '', '6268a6fc68775b263d5019e2ec866ae5fa7787dd2c9ffc380e9ebf363a7f714b', '2026-03-04 18:30:00.000325+00', 1);
INSERT INTO public.audit_auditevent (id, team_id, contest_id, action, object_type, object_id, reason, before, after, api_key_id, api_key_name, request_digest, created_at, actor_id) VALUES ('event_1jc6w0z9pt91ncggp1kb0zqtac', 'team_1jc0wxhanh7v3s3dtr98h6bcfn', '1jc0wxhanh920w71nvrk6p2fhg', 'added', 'entry', 'entry_1jc6w0z9ptbckawzxt25zbm0tj', 'Asked by the customer', '{}', '{}', '', '', '997ff3a303f6ac33d8f9cd33687d62d2d1ff472c84b61e6c0a81f4dbc9b123b8', '2026-03-04 18:30:00.00033+00', 1);
INSERT INTO public.audit_auditevent (id, team_id, contest_id, action, object_type, object_id, reason, before, after, api_key_id, api_key_name, request_digest, created_at, actor_id) VALUES ('event_1jc6w0z9ptekqwd606xbw1yq40', 'team_1jc0wxhanh7v3s3dtr98h6bcfn', '1jc0wxhanh920w71nvrk6p2fhg', 'changed', 'entry', 'entry_1jc6w0z9ptbckawzxt25zbm0tj', 'Asked by the customer', '{}', '{"name": "changed", "email": "changed"}', '', '', '0b117cbad1676bf35a2c9c7b6439155c7b044b71ebbbf2c58276ec3b5e5850f9', '2026-03-04 18:30:00.000335+00', 1);
INSERT INTO public.audit_auditevent (id, team_id, contest_id, action, object_type, object_id, reason, before, after, api_key_id, api_key_name, request_digest, created_at, actor_id) VALUES ('event_1jc7kfzwntmxjdkp9j1sryyqkt', 'team_1jc0wxhanh7v3s3dtr98h6bcfn', '1jc0wxhanh920w71nvrk6p2fhg', 'imported', 'entryimport', 'import_1jc7kfzwntj2kv6kfcejqwdvkf', 'Asked by the customer', '{}', '{"new": 1, "rows": 2}', '', '', '06ec63dcac8271aa78631d4666be92d930affc6124a367baca8fef215f682db4', '2026-03-05 01:30:00.000341+00', 1);
INSERT INTO public.audit_auditevent (id, team_id, contest_id, action, object_type, object_id, reason, before, after, api_key_id, api_key_name, request_digest, created_at, actor_id) VALUES ('event_1jc7kfzwnv47y4e5cafs5t8j4r', 'team_1jc0wxhanh7v3s3dtr98h6bcfn', '1jc0wxhanh920w71nvrk6p2fhg', 'unimported', 'entryimport', 'import_1jc7kfzwntj2kv6kfcejqwdvkf', 'Asked by the customer', '{"imported": 1}', '{"imported": 0}', '', '', 'c6de5d34285cfb346875b57298cb63b86ddcfa872f73a308fd6ca26b5ca8947c', '2026-03-05 01:30:00.000357+00', 1);
INSERT INTO public.audit_auditevent (id, team_id, contest_id, action, object_type, object_id, reason, before, after, api_key_id, api_key_name, request_digest, created_at, actor_id) VALUES ('event_1jc7kfzwnvk7r9p2k82zwhs1fx', 'team_1jc0wxhanh7v3s3dtr98h6bcfn', '1jc0wxhanh920w71nvrk6p2fhg', 'imported', 'entryimport', 'import_1jc7kfzwnvhm2gfrrf242p51t8', 'Asked by the customer', '{}', '{"new": 1, "rows": 2}', '', '', '5b27049d4e058c04fdd10d8388c43782bb9fcc0058ce470ffdda92107c6e644d', '2026-03-05 01:30:00.000372+00', 1);
INSERT INTO public.audit_auditevent (id, team_id, contest_id, action, object_type, object_id, reason, before, after, api_key_id, api_key_name, request_digest, created_at, actor_id) VALUES ('event_1jc8az0fmw80rwxew9hbkpvdff', 'team_1jc0wxhanh7v3s3dtr98h6bcfn', '1jc0wxhanh920w71nvrk6p2fhg', 'imported', 'purchaseimport', 'import_1jc8az0fmw33ewz07qa54bena1', 'Asked by the customer', '{}', '{"new": 2, "rows": 3, "points": "included"}', '', '', 'a3153b4f6371d447f97dfda273faee6d0810050b9b12e9b9a27f306c2a68d5ca', '2026-03-05 08:30:00.000393+00', 1);
INSERT INTO public.audit_auditevent (id, team_id, contest_id, action, object_type, object_id, reason, before, after, api_key_id, api_key_name, request_digest, created_at, actor_id) VALUES ('event_1jc8az0fmx1pz72ew33cfvfxh8', 'team_1jc0wxhanh7v3s3dtr98h6bcfn', '1jc0wxhanh920w71nvrk6p2fhg', 'imported', 'purchaseimport', 'import_1jc8az0fmwx00n5q9mtt3m9my0', 'Asked by the customer', '{}', '{"new": 1, "rows": 2, "points": "added"}', '', '', '28b67de1e5841dc61d13bf1ec7f70f537976ba4918ceb0611b836a2f69186ae4', '2026-03-05 08:30:00.000418+00', 1);
INSERT INTO public.audit_auditevent (id, team_id, contest_id, action, object_type, object_id, reason, before, after, api_key_id, api_key_name, request_digest, created_at, actor_id) VALUES ('event_1jc8az0fmxmht38cxp1hgy81n6', 'team_1jc0wxhanh7v3s3dtr98h6bcfn', '1jc0wxhanh920w71nvrk6p2fhg', 'imported', 'purchaseimport', 'import_1jc8az0fmxfc2ynxe06ejwv5f7', 'Asked by the customer', '{}', '{"new": 2, "rows": 3, "points": "added"}', '', '', 'c58f2c72d287765c12f8f1a187aa947badec1705b2652bb24f5a27e570ce9cc1', '2026-03-05 08:30:00.000437+00', 1);
INSERT INTO public.audit_auditevent (id, team_id, contest_id, action, object_type, object_id, reason, before, after, api_key_id, api_key_name, request_digest, created_at, actor_id) VALUES ('event_1jc8az0fmy5qtyzzkpw1mb3wy9', 'team_1jc0wxhanh7v3s3dtr98h6bcfn', '1jc0wxhanh920w71nvrk6p2fhg', 'unimported', 'purchaseimport', 'import_1jc8az0fmxfc2ynxe06ejwv5f7', 'Asked by the customer', '{"imported": 2}', '{"imported": 0}', '', '', '8b5718c2e7facaf02d0cb0cfd1f58f7a9c53e649d2ffd619a5ee63cbbd725a34', '2026-03-05 08:30:00.000454+00', 1);
INSERT INTO public.audit_auditevent (id, team_id, contest_id, action, object_type, object_id, reason, before, after, api_key_id, api_key_name, request_digest, created_at, actor_id) VALUES ('event_1jc8az0fmysdm98m08bdht0ad5', 'team_1jc0wxhanh7v3s3dtr98h6bcfn', '1jc0wxhanh920w71nvrk6p2fhg', 'imported', 'purchaseimport', 'import_1jc8az0fmynnpg1sn30p3b8vr1', 'Asked by the customer', '{}', '{"new": 1, "rows": 2, "points": "added"}', '', '', '318be92994f0f1b8b5add3609b8bdfe1fc3663fbdeac6be65f99ed79ff95a5fe', '2026-03-05 08:30:00.000474+00', 1);
INSERT INTO public.audit_auditevent (id, team_id, contest_id, action, object_type, object_id, reason, before, after, api_key_id, api_key_name, request_digest, created_at, actor_id) VALUES ('event_1jc8az0fmz6qyzfbe0nvjxtr01', 'team_1jc0wxhanh7v3s3dtr98h6bcfn', '1jc0wxhanh920w71nvrk6p2fhg', 'refunded', 'purchase', 'purchase_1jc8az0fmwgrbas1czhzvgda1j', 'Sent back', '{"entry": "entry_1jc0wxhanhgfkhg1sehgtvz69d", "points": 40, "status": "recorded", "refunded": 0.0000}', '{"entry": "entry_1jc0wxhanhgfkhg1sehgtvz69d", "points": 30, "status": "partially_refunded", "refunded": 10.0000}', 'key_1jc0wxhanhkms0d0wyq42vdsq3', 'private key', 'ea96f173fdc6c7f7e05a60b7afe584d55c5af326f47397b5e9c923f87bf43baf', '2026-03-05 08:30:00.000487+00', NULL);
INSERT INTO public.audit_auditevent (id, team_id, contest_id, action, object_type, object_id, reason, before, after, api_key_id, api_key_name, request_digest, created_at, actor_id) VALUES ('event_1jc92e12kzh4zt25th3ywac5rn', 'team_1jc0wxhanh7v3s3dtr98h6bcfn', '1jc0wxhanh920w71nvrk6p2fhg', 'published', 'contest', '1jc0wxhanh920w71nvrk6p2fhg', '', '{"rules": ["1 point per 1.00", "2.5 points per 1.00 EUR and 5 points, from 1 March 2026 09:30 UTC until 1 April 2026 09:30 UTC", "100 points on an entry''s first purchase", "7 points on purchases of 50.00 to 99.99", "3 points per 1.00 (off)"], "rounding": "down", "rule set": 2, "maximum points per purchase": 400, "maximum purchase points per entry": 1000}', '{"rules": ["2 points per 1.00"], "rounding": "nearest", "rule set": 3, "maximum points per purchase": null, "maximum purchase points per entry": null}', '', '', '35cb84f4691c214b420c2e1ecae0e04e065a08674c7d0b8bbb1a83ecb0e67790', '2026-03-05 15:30:00.000498+00', NULL);
INSERT INTO public.audit_auditevent (id, team_id, contest_id, action, object_type, object_id, reason, before, after, api_key_id, api_key_name, request_digest, created_at, actor_id) VALUES ('event_1jc92e12kzn8mwgm1j19jvd6fc', 'team_1jc0wxhanh7v3s3dtr98h6bcfn', '1jc0wxhanh920w71nvrk6p2fhg', 'recalculated', 'contest', '1jc0wxhanh920w71nvrk6p2fhg', 'Asked by the customer', '{}', '{"days": "all", "rule set": 3, "recalculation": "recalculation_1jc92e12kzsrtx1e9j0w9cpbsz"}', '', '', 'e7c1412d22e5e5e2f6285105e26864f4d6adb38aa2efce024077c0805baac65e', '2026-03-05 15:30:00.000502+00', 1);
INSERT INTO public.audit_auditevent (id, team_id, contest_id, action, object_type, object_id, reason, before, after, api_key_id, api_key_name, request_digest, created_at, actor_id) VALUES ('event_1jc92e12m1qxvpx21h23ps2g60', 'team_1jc0wxhanh7v3s3dtr98h6bcfn', '1jc0wxhanh920w71nvrk6p2fhg', 'undone', 'contest', '1jc0wxhanh920w71nvrk6p2fhg', 'Asked by the customer', '{}', '{"rule set": 3, "recalculation": "recalculation_1jc92e12kzsrtx1e9j0w9cpbsz"}', '', '', '061a06c119e071ed56b497e344164a64985427260c753619ace47c47833e80ff', '2026-03-05 15:30:00.000568+00', 1);
INSERT INTO public.audit_auditevent (id, team_id, contest_id, action, object_type, object_id, reason, before, after, api_key_id, api_key_name, request_digest, created_at, actor_id) VALUES ('event_1jc92e12m30we0bxf73ecfd9j4', 'team_1jc0wxhanh7v3s3dtr98h6bcfn', '1jc0wxhanh920w71nvrk6p2fhg', 'published', 'contest', '1jc0wxhanh920w71nvrk6p2fhg', '', '{"rules": ["2 points per 1.00"], "rounding": "nearest", "rule set": 3, "maximum points per purchase": null, "maximum purchase points per entry": null}', '{"rules": ["2 points per 1.00", "3 points"], "rounding": "nearest", "rule set": 4, "maximum points per purchase": null, "maximum purchase points per entry": null}', '', '', 'ecd39818ebd83353e076ba5be4a90eb39c6962f9b9a33ef6ac49e82c30c994a2', '2026-03-05 15:30:00.000609+00', 1);
INSERT INTO public.audit_auditevent (id, team_id, contest_id, action, object_type, object_id, reason, before, after, api_key_id, api_key_name, request_digest, created_at, actor_id) VALUES ('event_1jc92e12m32nvkew2msz09y0jy', 'team_1jc0wxhanh7v3s3dtr98h6bcfn', '1jc0wxhanh920w71nvrk6p2fhg', 'recalculated', 'contest', '1jc0wxhanh920w71nvrk6p2fhg', 'Asked by the customer', '{}', '{"days": 2, "rule set": 4, "recalculation": "recalculation_1jc92e12m36q5d17ftdj3mw9hz"}', '', '', '002b4a1d89c46a9eba42efc9babc2a8eb7e8ddc7e19a394eaf043c34ea3fed45', '2026-03-05 15:30:00.000611+00', 1);
INSERT INTO public.audit_auditevent (id, team_id, contest_id, action, object_type, object_id, reason, before, after, api_key_id, api_key_name, request_digest, created_at, actor_id) VALUES ('event_1jc92e12m3tces8xkryp60jy3b', 'team_1jc0wxhanh7v3s3dtr98h6bcfn', '1jc0wxhanh920w71nvrk6p2fhg', 'refunded', 'purchase', 'purchase_1jc4nkxgsq6a27m7andjv2r8me', 'Sent back', '{"entry": "entry_1jc0wxhanhgfkhg1sehgtvz69d", "points": 23, "status": "recorded", "refunded": 0.0000}', '{"entry": "entry_1jc0wxhanhgfkhg1sehgtvz69d", "points": 18, "status": "partially_refunded", "refunded": 2.5000}', 'key_1jc0wxhanhkms0d0wyq42vdsq3', 'private key', 'c35b941da531015a71282e49ed16ecda4ce374eb7a1d328ac6b8e3bc66bf4ac7', '2026-03-05 15:30:00.000635+00', NULL);
INSERT INTO public.audit_auditevent (id, team_id, contest_id, action, object_type, object_id, reason, before, after, api_key_id, api_key_name, request_digest, created_at, actor_id) VALUES ('event_1jc9sx1nk4g0zeksqdfk5k43dr', 'team_1jc0wxhanh7v3s3dtr98h6bcfn', '1jc9sx1nk4a96992w2p7ch1qeq', 'published', 'contest', '1jc9sx1nk4a96992w2p7ch1qeq', '', '{}', '{"rules": ["2 points per 1.00", "3 points"], "rounding": "nearest", "rule set": 1, "maximum points per purchase": null, "maximum purchase points per entry": null}', '', '', 'f06cb59fd5ed92396dc0d51521d24cf1a7d240292bb9896f045c54cb9c7a7e0e', '2026-03-05 22:30:00.000657+00', 1);
INSERT INTO public.audit_auditevent (id, team_id, contest_id, action, object_type, object_id, reason, before, after, api_key_id, api_key_name, request_digest, created_at, actor_id) VALUES ('event_1jc9sx1nk48c8e72jsn98wz8ae', 'team_1jc0wxhanh7v3s3dtr98h6bcfn', '1jc9sx1nk4a96992w2p7ch1qeq', 'copied', 'contest', '1jc9sx1nk4a96992w2p7ch1qeq', 'Asked by the customer', '{}', '{"copy of": "1jc0wxhanh920w71nvrk6p2fhg"}', '', '', '5bf952399514d6b9089a8f4deeee227420142f9fec1403a5d52faaacaab6598c', '2026-03-05 22:30:00.000649+00', 1);
INSERT INTO public.audit_auditevent (id, team_id, contest_id, action, object_type, object_id, reason, before, after, api_key_id, api_key_name, request_digest, created_at, actor_id) VALUES ('event_1jc9sx1nk4q2h22hjbdn0h2cmt', 'team_1jc0wxhanh7v3s3dtr98h6bcfn', '1jc9sx1nk4j4mp691yac1y5sy4', 'published', 'contest', '1jc9sx1nk4j4mp691yac1y5sy4', '', '{}', '{"rules": ["1 point per 1.00"], "rounding": "nearest", "rule set": 1, "maximum points per purchase": null, "maximum purchase points per entry": null}', '', '', 'b87b2af71616e2404cee060b2f86b4e070dadb84a10888a1790a3a620e6fb8c6', '2026-03-05 22:30:00.000664+00', 1);
INSERT INTO public.audit_auditevent (id, team_id, contest_id, action, object_type, object_id, reason, before, after, api_key_id, api_key_name, request_digest, created_at, actor_id) VALUES ('event_1jc9sx1nk52ahp7gw1fhs90k8r', 'team_1jc0wxhanh7v3s3dtr98h6bcfn', '1jc9sx1nk4j4mp691yac1y5sy4', 'published', 'contest', '1jc9sx1nk4j4mp691yac1y5sy4', '', '{"rules": ["1 point per 1.00"], "rounding": "nearest", "rule set": 1, "maximum points per purchase": null, "maximum purchase points per entry": null}', '{"rules": ["3 points per 1.00"], "rounding": "nearest", "rule set": 2, "maximum points per purchase": null, "maximum purchase points per entry": null}', '', '', '29548fe1bfc1e6bf942f6382ea8125b76fa0b3a8fdd42bcae236b45775f90013', '2026-03-05 22:30:00.000675+00', NULL);
INSERT INTO public.audit_auditevent (id, team_id, contest_id, action, object_type, object_id, reason, before, after, api_key_id, api_key_name, request_digest, created_at, actor_id) VALUES ('event_1jc9sx1nk5a1xkxn1tpcz3pgmg', 'team_1jc0wxhanh7v3s3dtr98h6bcfn', '1jc9sx1nk4j4mp691yac1y5sy4', 'recalculated', 'contest', '1jc9sx1nk4j4mp691yac1y5sy4', 'Asked by the customer', '{}', '{"days": "all", "rule set": 2, "recalculation": "recalculation_1jc9sx1nk5eb62sqqca6bjndmb"}', '', '', '2586b412852099fd80cd46607cae8d458b3b0c827b16e00c89b51b1cffcaf631', '2026-03-05 22:30:00.000683+00', 1);
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (1, 'Can add log entry', 1, 'add_logentry');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (2, 'Can change log entry', 1, 'change_logentry');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (3, 'Can delete log entry', 1, 'delete_logentry');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (4, 'Can view log entry', 1, 'view_logentry');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (5, 'Can add permission', 2, 'add_permission');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (6, 'Can change permission', 2, 'change_permission');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (7, 'Can delete permission', 2, 'delete_permission');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (8, 'Can view permission', 2, 'view_permission');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (9, 'Can add group', 3, 'add_group');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (10, 'Can change group', 3, 'change_group');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (11, 'Can delete group', 3, 'delete_group');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (12, 'Can view group', 3, 'view_group');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (13, 'Can add content type', 4, 'add_contenttype');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (14, 'Can change content type', 4, 'change_contenttype');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (15, 'Can delete content type', 4, 'delete_contenttype');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (16, 'Can view content type', 4, 'view_contenttype');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (17, 'Can add session', 5, 'add_session');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (18, 'Can change session', 5, 'change_session');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (19, 'Can delete session', 5, 'delete_session');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (20, 'Can view session', 5, 'view_session');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (21, 'Can add access attempt', 6, 'add_accessattempt');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (22, 'Can change access attempt', 6, 'change_accessattempt');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (23, 'Can delete access attempt', 6, 'delete_accessattempt');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (24, 'Can view access attempt', 6, 'view_accessattempt');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (25, 'Can add access log', 7, 'add_accesslog');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (26, 'Can change access log', 7, 'change_accesslog');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (27, 'Can delete access log', 7, 'delete_accesslog');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (28, 'Can view access log', 7, 'view_accesslog');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (29, 'Can add access failure', 8, 'add_accessfailurelog');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (30, 'Can change access failure', 8, 'change_accessfailurelog');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (31, 'Can delete access failure', 8, 'delete_accessfailurelog');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (32, 'Can view access failure', 8, 'view_accessfailurelog');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (33, 'Can add access attempt expiration', 9, 'add_accessattemptexpiration');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (34, 'Can change access attempt expiration', 9, 'change_accessattemptexpiration');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (35, 'Can delete access attempt expiration', 9, 'delete_accessattemptexpiration');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (36, 'Can view access attempt expiration', 9, 'view_accessattemptexpiration');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (37, 'Can add chore', 10, 'add_chore');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (38, 'Can change chore', 10, 'change_chore');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (39, 'Can delete chore', 10, 'delete_chore');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (40, 'Can view chore', 10, 'view_chore');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (41, 'Can add job', 11, 'add_job');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (42, 'Can change job', 11, 'change_job');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (43, 'Can delete job', 11, 'delete_job');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (44, 'Can view job', 11, 'view_job');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (45, 'Can add activity', 12, 'add_auditevent');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (46, 'Can change activity', 12, 'change_auditevent');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (47, 'Can delete activity', 12, 'delete_auditevent');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (48, 'Can view activity', 12, 'view_auditevent');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (49, 'Can add team', 13, 'add_team');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (50, 'Can change team', 13, 'change_team');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (51, 'Can delete team', 13, 'delete_team');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (52, 'Can view team', 13, 'view_team');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (53, 'Can add user', 14, 'add_user');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (54, 'Can change user', 14, 'change_user');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (55, 'Can delete user', 14, 'delete_user');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (56, 'Can view user', 14, 'view_user');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (57, 'Can add failed sign-ins', 15, 'add_signinfailures');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (58, 'Can change failed sign-ins', 15, 'change_signinfailures');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (59, 'Can delete failed sign-ins', 15, 'delete_signinfailures');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (60, 'Can view failed sign-ins', 15, 'view_signinfailures');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (61, 'Can add team member', 16, 'add_membership');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (62, 'Can change team member', 16, 'change_membership');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (63, 'Can delete team member', 16, 'delete_membership');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (64, 'Can view team member', 16, 'view_membership');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (65, 'Can add invitation', 17, 'add_invitation');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (66, 'Can change invitation', 17, 'change_invitation');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (67, 'Can delete invitation', 17, 'delete_invitation');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (68, 'Can view invitation', 17, 'view_invitation');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (69, 'Can add API key', 18, 'add_apikey');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (70, 'Can change API key', 18, 'change_apikey');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (71, 'Can delete API key', 18, 'delete_apikey');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (72, 'Can view API key', 18, 'view_apikey');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (73, 'Can add call window', 19, 'add_callwindow');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (74, 'Can change call window', 19, 'change_callwindow');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (75, 'Can delete call window', 19, 'delete_callwindow');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (76, 'Can view call window', 19, 'view_callwindow');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (77, 'Can add contest', 20, 'add_contest');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (78, 'Can change contest', 20, 'change_contest');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (79, 'Can delete contest', 20, 'delete_contest');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (80, 'Can view contest', 20, 'view_contest');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (81, 'Can add entry totals', 21, 'add_entrytotals');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (82, 'Can change entry totals', 21, 'change_entrytotals');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (83, 'Can delete entry totals', 21, 'delete_entrytotals');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (84, 'Can view entry totals', 21, 'view_entrytotals');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (85, 'Can add entry', 22, 'add_entry');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (86, 'Can change entry', 22, 'change_entry');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (87, 'Can delete entry', 22, 'delete_entry');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (88, 'Can view entry', 22, 'view_entry');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (89, 'Can add entry import', 23, 'add_entryimport');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (90, 'Can change entry import', 23, 'change_entryimport');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (91, 'Can delete entry import', 23, 'delete_entryimport');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (92, 'Can view entry import', 23, 'view_entryimport');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (93, 'Can add entry import row', 24, 'add_entryimportrow');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (94, 'Can change entry import row', 24, 'change_entryimportrow');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (95, 'Can delete entry import row', 24, 'delete_entryimportrow');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (96, 'Can view entry import row', 24, 'view_entryimportrow');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (97, 'Can add name word', 25, 'add_nameword');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (98, 'Can change name word', 25, 'change_nameword');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (99, 'Can delete name word', 25, 'delete_nameword');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (100, 'Can view name word', 25, 'view_nameword');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (101, 'Can add point rule', 26, 'add_pointrule');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (102, 'Can change point rule', 26, 'change_pointrule');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (103, 'Can delete point rule', 26, 'delete_pointrule');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (104, 'Can view point rule', 26, 'view_pointrule');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (105, 'Can add ledger line', 27, 'add_pointtransaction');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (106, 'Can change ledger line', 27, 'change_pointtransaction');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (107, 'Can delete ledger line', 27, 'delete_pointtransaction');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (108, 'Can view ledger line', 27, 'view_pointtransaction');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (109, 'Can add rule set', 28, 'add_ruleset');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (110, 'Can change rule set', 28, 'change_ruleset');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (111, 'Can delete rule set', 28, 'delete_ruleset');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (112, 'Can view rule set', 28, 'view_ruleset');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (113, 'Can add retention gap', 29, 'add_retentiongap');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (114, 'Can change retention gap', 29, 'change_retentiongap');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (115, 'Can delete retention gap', 29, 'delete_retentiongap');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (116, 'Can view retention gap', 29, 'view_retentiongap');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (117, 'Can add purchase totals', 30, 'add_purchasetotals');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (118, 'Can change purchase totals', 30, 'change_purchasetotals');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (119, 'Can delete purchase totals', 30, 'delete_purchasetotals');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (120, 'Can view purchase totals', 30, 'view_purchasetotals');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (121, 'Can add roll-up cursor', 31, 'add_rollupcursor');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (122, 'Can change roll-up cursor', 31, 'change_rollupcursor');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (123, 'Can delete roll-up cursor', 31, 'delete_rollupcursor');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (124, 'Can view roll-up cursor', 31, 'view_rollupcursor');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (125, 'Can add past order import', 32, 'add_purchaseimport');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (126, 'Can change past order import', 32, 'change_purchaseimport');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (127, 'Can delete past order import', 32, 'delete_purchaseimport');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (128, 'Can view past order import', 32, 'view_purchaseimport');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (129, 'Can add purchase', 33, 'add_purchase');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (130, 'Can change purchase', 33, 'change_purchase');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (131, 'Can delete purchase', 33, 'delete_purchase');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (132, 'Can view purchase', 33, 'view_purchase');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (133, 'Can add purchase import row', 34, 'add_purchaseimportrow');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (134, 'Can change purchase import row', 34, 'change_purchaseimportrow');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (135, 'Can delete purchase import row', 34, 'delete_purchaseimportrow');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (136, 'Can view purchase import row', 34, 'view_purchaseimportrow');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (137, 'Can add recalculated award', 35, 'add_recalculatedaward');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (138, 'Can change recalculated award', 35, 'change_recalculatedaward');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (139, 'Can delete recalculated award', 35, 'delete_recalculatedaward');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (140, 'Can view recalculated award', 35, 'view_recalculatedaward');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (141, 'Can add recalculation', 36, 'add_recalculation');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (142, 'Can change recalculation', 36, 'change_recalculation');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (143, 'Can delete recalculation', 36, 'delete_recalculation');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (144, 'Can view recalculation', 36, 'view_recalculation');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (145, 'Can add refund', 37, 'add_refund');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (146, 'Can change refund', 37, 'change_refund');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (147, 'Can delete refund', 37, 'delete_refund');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (148, 'Can view refund', 37, 'view_refund');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (149, 'Can add rejected order', 38, 'add_rejectedpurchase');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (150, 'Can change rejected order', 38, 'change_rejectedpurchase');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (151, 'Can delete rejected order', 38, 'delete_rejectedpurchase');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (152, 'Can view rejected order', 38, 'view_rejectedpurchase');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (153, 'Can add rejection count', 39, 'add_rejectioncount');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (154, 'Can change rejection count', 39, 'change_rejectioncount');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (155, 'Can delete rejection count', 39, 'delete_rejectioncount');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (156, 'Can view rejection count', 39, 'view_rejectioncount');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (157, 'Can add daily stat', 40, 'add_dailystat');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (158, 'Can change daily stat', 40, 'change_dailystat');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (159, 'Can delete daily stat', 40, 'delete_dailystat');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (160, 'Can view daily stat', 40, 'view_dailystat');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (161, 'Can add pending refund', 41, 'add_pendingrefund');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (162, 'Can change pending refund', 41, 'change_pendingrefund');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (163, 'Can delete pending refund', 41, 'delete_pendingrefund');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (164, 'Can view pending refund', 41, 'view_pendingrefund');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (165, 'Can add duplicate count', 42, 'add_duplicatecount');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (166, 'Can change duplicate count', 42, 'change_duplicatecount');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (167, 'Can delete duplicate count', 42, 'delete_duplicatecount');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (168, 'Can view duplicate count', 42, 'view_duplicatecount');
INSERT INTO public.contests_contest (id, title, description, slug, mode, status, starts_at, ends_at, is_evergreen, tracking_enabled, attaches_automatically, rounding, cap_per_purchase, cap_per_entry, created_at, team_id, rule_set_id) VALUES ('1jc5d2y3rqwvr8nz2vxvj2ck4z', 'Reading', '', 'reading', 'giveaway', 'active', NULL, NULL, false, true, true, 'nearest', NULL, NULL, '2026-03-04 04:30:00.000253+00', 'team_1jc5d2y3rqtzbce9dxjyf2h5v1', 'rules_1jc5d2y3rqz5vm4mvnqsdheyhr');
INSERT INTO public.contests_contest (id, title, description, slug, mode, status, starts_at, ends_at, is_evergreen, tracking_enabled, attaches_automatically, rounding, cap_per_purchase, cap_per_entry, created_at, team_id, rule_set_id) VALUES ('1jc0wxhanh920w71nvrk6p2fhg', 'Summer', '', 'summer', 'giveaway', 'active', NULL, NULL, false, true, true, 'nearest', NULL, NULL, '2026-03-02 09:30:00.000042+00', 'team_1jc0wxhanh7v3s3dtr98h6bcfn', 'rules_1jc92e12m2yswgwaqp845r7pjg');
INSERT INTO public.contests_contest (id, title, description, slug, mode, status, starts_at, ends_at, is_evergreen, tracking_enabled, attaches_automatically, rounding, cap_per_purchase, cap_per_entry, created_at, team_id, rule_set_id) VALUES ('1jc9sx1nk4a96992w2p7ch1qeq', 'Winter', '', 'winter', 'giveaway', 'draft', NULL, NULL, false, true, true, 'nearest', NULL, NULL, '2026-03-05 22:30:00.000651+00', 'team_1jc0wxhanh7v3s3dtr98h6bcfn', 'rules_1jc9sx1nk4e4vtarsa2q1321es');
INSERT INTO public.contests_contest (id, title, description, slug, mode, status, starts_at, ends_at, is_evergreen, tracking_enabled, attaches_automatically, rounding, cap_per_purchase, cap_per_entry, created_at, team_id, rule_set_id) VALUES ('1jc9sx1nk4j4mp691yac1y5sy4', 'Autumn', '', 'autumn', 'giveaway', 'active', NULL, NULL, false, true, true, 'nearest', NULL, NULL, '2026-03-05 22:30:00.000659+00', 'team_1jc0wxhanh7v3s3dtr98h6bcfn', 'rules_1jc9sx1nk50n6k28grt3c7nezz');
INSERT INTO public.contests_entry (id, email, email_key, near_key, name, phone, phone_key, referral_code, email_confirmed, is_disqualified, points, line_count, points_since, created_at, contest_id, referred_by_id) VALUES ('entry_1jc2bvjgkk5g6b8r88shs1en7f', 'linus@example.com', 'linus@example.com', 'linus@example.com', 'Linus', '', '', 'vewe1smv3k', true, true, 0, 0, '2026-03-02 23:30:00.000102+00', '2026-03-02 23:30:00.000103+00', '1jc0wxhanh920w71nvrk6p2fhg', NULL);
INSERT INTO public.contests_entry (id, email, email_key, near_key, name, phone, phone_key, referral_code, email_confirmed, is_disqualified, points, line_count, points_since, created_at, contest_id, referred_by_id) VALUES ('entry_1jc5d2y3rr3bh3y4pphrsfzm1x', 'ada@example.com', 'ada@example.com', 'ada@example.com', 'Ada', '', '', '5h5w5nerk2', true, false, 0, 0, '2026-03-04 04:30:00.00026+00', '2026-03-04 04:30:00.000261+00', '1jc5d2y3rqwvr8nz2vxvj2ck4z', NULL);
INSERT INTO public.contests_entry (id, email, email_key, near_key, name, phone, phone_key, referral_code, email_confirmed, is_disqualified, points, line_count, points_since, created_at, contest_id, referred_by_id) VALUES ('entry_1jc6w0z9ptbckawzxt25zbm0tj', 'new.friend@example.com', 'new.friend@example.com', 'newfriend@example.com', 'New Friend', '+49 30 1234567', '+49301234567', 'pra25g6h58', false, false, 0, 0, '2026-03-04 18:30:00.000332+00', '2026-03-04 18:30:00.000333+00', '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d');
INSERT INTO public.contests_entry (id, email, email_key, near_key, name, phone, phone_key, referral_code, email_confirmed, is_disqualified, points, line_count, points_since, created_at, contest_id, referred_by_id) VALUES ('entry_1jc7kfzwntvd28hdycdecwc6n8', 'undone@example.com', 'undone@example.com', 'undone@example.com', 'Undone', '', '', 'vsamw8zd7v', true, false, 0, 2, '2026-03-05 01:30:00.000365+00', '2026-03-05 01:30:00.000349+00', '1jc0wxhanh920w71nvrk6p2fhg', NULL);
INSERT INTO public.contests_entry (id, email, email_key, near_key, name, phone, phone_key, referral_code, email_confirmed, is_disqualified, points, line_count, points_since, created_at, contest_id, referred_by_id) VALUES ('entry_1jc7kfzwnvtj83azbf5v2e36d1', 'imported@example.com', 'imported@example.com', 'imported@example.com', 'Imported', '', '', 'chkgwapzt7', true, false, 30, 1, '2026-03-05 01:30:00.000383+00', '2026-03-05 01:30:00.00038+00', '1jc0wxhanh920w71nvrk6p2fhg', NULL);
INSERT INTO public.contests_entry (id, email, email_key, near_key, name, phone, phone_key, referral_code, email_confirmed, is_disqualified, points, line_count, points_since, created_at, contest_id, referred_by_id) VALUES ('entry_1jc4nkxgspstdhtxtvfhmxts4k', 'early@example.com', 'early@example.com', 'early@example.com', 'Early', '', '', '2cfta7wafa', true, false, 23, 4, '2026-03-05 15:30:00.000627+00', '2026-03-03 21:30:00.000219+00', '1jc0wxhanh920w71nvrk6p2fhg', NULL);
INSERT INTO public.contests_entry (id, email, email_key, near_key, name, phone, phone_key, referral_code, email_confirmed, is_disqualified, points, line_count, points_since, created_at, contest_id, referred_by_id) VALUES ('entry_1jc0wxhanhgfkhg1sehgtvz69d', 'ada@example.com', 'ada@example.com', 'ada@example.com', 'Ada', '', '', '1rv0whe6m1', true, false, 900, 46, '2026-03-05 15:30:00.000641+00', '2026-03-02 09:30:00.00005+00', '1jc0wxhanh920w71nvrk6p2fhg', NULL);
INSERT INTO public.contests_entry (id, email, email_key, near_key, name, phone, phone_key, referral_code, email_confirmed, is_disqualified, points, line_count, points_since, created_at, contest_id, referred_by_id) VALUES ('entry_1jc2bvjgkk23f449yy44r26p0c', 'grace@example.com', 'grace@example.com', 'grace@example.com', 'Grace', '', '', 'gdv1e1s92a', true, false, 555, 25, '2026-03-05 15:30:00.000645+00', '2026-03-02 23:30:00.0001+00', '1jc0wxhanh920w71nvrk6p2fhg', NULL);
INSERT INTO public.contests_entry (id, email, email_key, near_key, name, phone, phone_key, referral_code, email_confirmed, is_disqualified, points, line_count, points_since, created_at, contest_id, referred_by_id) VALUES ('entry_1jc9sx1nk4stwadwwe7sv7ztak', 'ada@example.com', 'ada@example.com', 'ada@example.com', 'Ada', '', '', 'k02382h7v5', true, false, 10, 1, '2026-03-05 22:30:00.000668+00', '2026-03-05 22:30:00.000667+00', '1jc9sx1nk4j4mp691yac1y5sy4', NULL);
INSERT INTO public.contests_entryimport (id, file_name, state, content, encoding, unread_columns, row_count, counts, created_at, rows_deleted_at, actor_id, contest_id, job_id) VALUES ('import_1jc7kfzwntgn3zf027szbrhhyc', 'ready.csv', 'ready', '\x', 'UTF-8', '["shoe size"]', 2, '{"new": 1, "error": 1}', '2026-03-05 01:30:00.000337+00', NULL, 1, '1jc0wxhanh920w71nvrk6p2fhg', NULL);
INSERT INTO public.contests_entryimport (id, file_name, state, content, encoding, unread_columns, row_count, counts, created_at, rows_deleted_at, actor_id, contest_id, job_id) VALUES ('import_1jc7kfzwntj2kv6kfcejqwdvkf', 'undone.csv', 'undone', '\x', 'UTF-8', '["shoe size"]', 2, '{"error": 1, "points_removed": 1}', '2026-03-05 01:30:00.000339+00', NULL, 1, '1jc0wxhanh920w71nvrk6p2fhg', 'job_1jc7kfzwnv6hwvzs241sgfrhzt');
INSERT INTO public.contests_entryimport (id, file_name, state, content, encoding, unread_columns, row_count, counts, created_at, rows_deleted_at, actor_id, contest_id, job_id) VALUES ('import_1jc7kfzwnvhm2gfrrf242p51t8', 'imported.csv', 'imported', '\x', 'UTF-8', '["shoe size"]', 2, '{"error": 1, "imported": 1}', '2026-03-05 01:30:00.00037+00', NULL, 1, '1jc0wxhanh920w71nvrk6p2fhg', 'job_1jc7kfzwnvn6km5aax6qaxgntx');
INSERT INTO public.contests_entryimportrow (id, line, "values", note, outcome, signed_up_since, contest_id, entry_id, entry_import_id) VALUES (1, 2, '{"name": "Ready", "email": "ready@example.com", "points": "30"}', '', 'new', false, '1jc0wxhanh920w71nvrk6p2fhg', NULL, 'import_1jc7kfzwntgn3zf027szbrhhyc');
INSERT INTO public.contests_entryimportrow (id, line, "values", note, outcome, signed_up_since, contest_id, entry_id, entry_import_id) VALUES (2, 3, '{"email": "not an address"}', '“not an address” is not a valid email: An email address must have an @-sign.', 'error', false, '1jc0wxhanh920w71nvrk6p2fhg', NULL, 'import_1jc7kfzwntgn3zf027szbrhhyc');
INSERT INTO public.contests_entryimportrow (id, line, "values", note, outcome, signed_up_since, contest_id, entry_id, entry_import_id) VALUES (4, 3, '{"email": "not an address"}', '“not an address” is not a valid email: An email address must have an @-sign.', 'error', false, '1jc0wxhanh920w71nvrk6p2fhg', NULL, 'import_1jc7kfzwntj2kv6kfcejqwdvkf');
INSERT INTO public.contests_entryimportrow (id, line, "values", note, outcome, signed_up_since, contest_id, entry_id, entry_import_id) VALUES (3, 2, '{"name": "Undone", "email": "undone@example.com", "points": "30"}', 'Ledger lines are permanent, so the entry stays.', 'points_removed', false, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc7kfzwntvd28hdycdecwc6n8', 'import_1jc7kfzwntj2kv6kfcejqwdvkf');
INSERT INTO public.contests_entryimportrow (id, line, "values", note, outcome, signed_up_since, contest_id, entry_id, entry_import_id) VALUES (6, 3, '{"email": "not an address"}', '“not an address” is not a valid email: An email address must have an @-sign.', 'error', false, '1jc0wxhanh920w71nvrk6p2fhg', NULL, 'import_1jc7kfzwnvhm2gfrrf242p51t8');
INSERT INTO public.contests_entryimportrow (id, line, "values", note, outcome, signed_up_since, contest_id, entry_id, entry_import_id) VALUES (5, 2, '{"name": "Imported", "email": "imported@example.com", "points": "30"}', '', 'imported', false, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc7kfzwnvtj83azbf5v2e36d1', 'import_1jc7kfzwnvhm2gfrrf242p51t8');
INSERT INTO public.contests_entrytotals (contest_id, entries, confirmed_entries, disqualified_entries, points, highest_points) VALUES ('1jc0wxhanh920w71nvrk6p2fhg', 7, 6, 1, 1508, 900);
INSERT INTO public.contests_entrytotals (contest_id, entries, confirmed_entries, disqualified_entries, points, highest_points) VALUES ('1jc5d2y3rqwvr8nz2vxvj2ck4z', 1, 1, 0, 0, 0);
INSERT INTO public.contests_entrytotals (contest_id, entries, confirmed_entries, disqualified_entries, points, highest_points) VALUES ('1jc9sx1nk4a96992w2p7ch1qeq', 0, 0, 0, 0, 0);
INSERT INTO public.contests_entrytotals (contest_id, entries, confirmed_entries, disqualified_entries, points, highest_points) VALUES ('1jc9sx1nk4j4mp691yac1y5sy4', 1, 1, 0, 10, 10);
INSERT INTO public.contests_nameword (id, word, contest_id, entry_id) VALUES (1, 'ada', '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d');
INSERT INTO public.contests_nameword (id, word, contest_id, entry_id) VALUES (2, 'grace', '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc2bvjgkk23f449yy44r26p0c');
INSERT INTO public.contests_nameword (id, word, contest_id, entry_id) VALUES (3, 'linus', '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc2bvjgkk5g6b8r88shs1en7f');
INSERT INTO public.contests_nameword (id, word, contest_id, entry_id) VALUES (4, 'early', '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc4nkxgspstdhtxtvfhmxts4k');
INSERT INTO public.contests_nameword (id, word, contest_id, entry_id) VALUES (5, 'ada', '1jc5d2y3rqwvr8nz2vxvj2ck4z', 'entry_1jc5d2y3rr3bh3y4pphrsfzm1x');
INSERT INTO public.contests_nameword (id, word, contest_id, entry_id) VALUES (7, 'new', '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc6w0z9ptbckawzxt25zbm0tj');
INSERT INTO public.contests_nameword (id, word, contest_id, entry_id) VALUES (8, 'friend', '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc6w0z9ptbckawzxt25zbm0tj');
INSERT INTO public.contests_nameword (id, word, contest_id, entry_id) VALUES (9, 'undone', '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc7kfzwntvd28hdycdecwc6n8');
INSERT INTO public.contests_nameword (id, word, contest_id, entry_id) VALUES (10, 'imported', '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc7kfzwnvtj83azbf5v2e36d1');
INSERT INTO public.contests_nameword (id, word, contest_id, entry_id) VALUES (11, 'ada', '1jc9sx1nk4j4mp691yac1y5sy4', 'entry_1jc9sx1nk4stwadwwe7sv7ztak');
INSERT INTO public.contests_pointrule (id, points_per_unit, fixed_points, currency, amount_from, amount_to, valid_from, valid_until, first_purchase_only, is_active, contest_id) VALUES ('rule_1jc5d2y3rqyn5qg2s5v6r2td84', 1.000000, 0, '', NULL, NULL, NULL, NULL, false, true, '1jc5d2y3rqwvr8nz2vxvj2ck4z');
INSERT INTO public.contests_pointrule (id, points_per_unit, fixed_points, currency, amount_from, amount_to, valid_from, valid_until, first_purchase_only, is_active, contest_id) VALUES ('rule_1jc92e12kze99tc51ebfvrv6aj', 2.000000, 0, '', NULL, NULL, NULL, NULL, false, true, '1jc0wxhanh920w71nvrk6p2fhg');
INSERT INTO public.contests_pointrule (id, points_per_unit, fixed_points, currency, amount_from, amount_to, valid_from, valid_until, first_purchase_only, is_active, contest_id) VALUES ('rule_1jc92e12m2x5zf93z7tccsft7k', 0.000000, 3, '', NULL, NULL, NULL, NULL, false, true, '1jc0wxhanh920w71nvrk6p2fhg');
INSERT INTO public.contests_pointrule (id, points_per_unit, fixed_points, currency, amount_from, amount_to, valid_from, valid_until, first_purchase_only, is_active, contest_id) VALUES ('rule_1jc9sx1nk4ccsk49brxfnkj786', 2.000000, 0, '', NULL, NULL, NULL, NULL, false, true, '1jc9sx1nk4a96992w2p7ch1qeq');
INSERT INTO public.contests_pointrule (id, points_per_unit, fixed_points, currency, amount_from, amount_to, valid_from, valid_until, first_purchase_only, is_active, contest_id) VALUES ('rule_1jc9sx1nk4dtce2jd86wmfmdgt', 0.000000, 3, '', NULL, NULL, NULL, NULL, false, true, '1jc9sx1nk4a96992w2p7ch1qeq');
INSERT INTO public.contests_pointrule (id, points_per_unit, fixed_points, currency, amount_from, amount_to, valid_from, valid_until, first_purchase_only, is_active, contest_id) VALUES ('rule_1jc9sx1nk4zt4tzm1zq53qwjm0', 3.000000, 0, '', NULL, NULL, NULL, NULL, false, true, '1jc9sx1nk4j4mp691yac1y5sy4');
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc1mchxmjt3mqjj8endzhmday', 1, 'purchase_1jc1mchxmjsa9v7qt4mht6emvt', 'earned', 50, 50, '', '', '2026-03-02 16:30:00.000088+00', '2026-03-02 16:30:00.000088+00', NULL, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc1mchxmk1sf6qgakgnbyajpc', 2, 'purchase_1jc1mchxmk0cbmzqwe3830stk3', 'earned', 10, 60, '', '', '2026-02-27 16:30:00.000094+00', '2026-03-02 16:30:00.000095+00', NULL, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc2bvjgkkk6yx3h8zgtbk10pp', 1, 'purchase_1jc2bvjgkkj16xkf0xjzgf79zf', 'earned', 392, 392, '', '', '2026-03-02 23:30:00.000113+00', '2026-03-02 23:30:00.000113+00', NULL, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc2bvjgkk23f449yy44r26p0c', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc2bvjgkkptfjqt4b8stzmver', 2, 'purchase_1jc2bvjgkknj7yd6xe57v55m08', 'earned', 67, 459, '', '', '2026-03-02 23:30:00.000116+00', '2026-03-02 23:30:00.000116+00', NULL, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc2bvjgkk23f449yy44r26p0c', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc2bvjgkkskxv8epw9z3tydh6', 3, 'purchase_1jc2bvjgkkrz5dxc70cvf2dsjn', 'earned', 400, 460, '', '', '2026-03-02 23:30:00.000119+00', '2026-03-02 23:30:00.000119+00', NULL, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc2bvjgkkw355hm3pegsmvssx', 4, 'purchase_1jc2bvjgkkvc30k54m1t14b368', 'earned', 350, 810, '', '', '2026-03-02 23:30:00.000122+00', '2026-03-02 23:30:00.000122+00', NULL, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc2bvjgkkzjxpxnehqzjran9f', 5, 'purchase_1jc2bvjgkkynj95j9nfmtaskbr', 'earned', 190, 1000, '', '', '2026-03-02 23:30:00.000125+00', '2026-03-02 23:30:00.000125+00', NULL, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc2bvjgkm2cfamz1h9fr1vfs9', 3, 'purchase_1jc2bvjgkm13aqw2njxmrv3gky', 'earned', 400, 859, '', '', '2026-03-02 23:30:00.000128+00', '2026-03-02 23:30:00.000128+00', NULL, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc2bvjgkk23f449yy44r26p0c', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc2bvjgkm5kjn6jet9026eevn', 4, 'purchase_1jc2bvjgkm4fzr239e615wpts2', 'earned', 12, 871, '', '', '2026-03-02 23:30:00.000131+00', '2026-03-02 23:30:00.000131+00', NULL, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc2bvjgkk23f449yy44r26p0c', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc2bvjgkm850g98dxwh40dam1', 5, 'purchase_1jc2bvjgkm7ws6dzp0gvfj55jg', 'earned', 25, 896, '', '', '2026-03-02 23:30:00.000134+00', '2026-03-02 23:30:00.000134+00', NULL, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc2bvjgkk23f449yy44r26p0c', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc2bvjgkmbj0zsbtabb7tdksy', 6, 'purchase_1jc2bvjgkmaafxq1w75mspp6j5', 'earned', 26, 922, '', '', '2026-03-02 23:30:00.000137+00', '2026-03-02 23:30:00.000137+00', NULL, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc2bvjgkk23f449yy44r26p0c', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc3tskphn49a1tab5h1bhsvqe', 7, 'purchase_1jc2bvjgkknj7yd6xe57v55m08', 'refunded', -27, 895, 'Sent back', '', '2026-03-03 13:30:00.000163+00', '2026-03-03 13:30:00.000165+00', NULL, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc2bvjgkk23f449yy44r26p0c', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc3tskphncfmy68yeajvh2q02', 8, 'purchase_1jc2bvjgkknj7yd6xe57v55m08', 'refunded', -10, 885, 'Sent back', '', '2026-03-03 13:30:00.000171+00', '2026-03-03 13:30:00.000173+00', NULL, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc2bvjgkk23f449yy44r26p0c', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc3tskphnm2apg5py0r509vt8', 9, 'purchase_1jc2bvjgkkj16xkf0xjzgf79zf', 'refunded', -392, 493, 'Sent back', '', '2026-03-03 13:30:00.000179+00', '2026-03-03 13:30:00.000181+00', NULL, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc2bvjgkk23f449yy44r26p0c', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc3tskphnstg2bdtg3b4w3zzf', 6, 'purchase_1jc2bvjgkkrz5dxc70cvf2dsjn', 'voided', -400, 600, 'Asked by the customer', '', '2026-03-03 13:30:00.000184+00', '2026-03-03 13:30:00.000186+00', 1, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc3tskphp12e61hsmjkphjbd3', 10, 'purchase_1jc2bvjgkm7ws6dzp0gvfj55jg', 'refunded', -5, 488, 'Sent back', '', '2026-03-03 13:30:00.000192+00', '2026-03-03 13:30:00.000194+00', NULL, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc2bvjgkk23f449yy44r26p0c', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc3tskphp6yf19v90968e6bm2', 11, 'purchase_1jc2bvjgkm7ws6dzp0gvfj55jg', 'voided', -20, 468, 'Asked by the customer', '', '2026-03-03 13:30:00.000197+00', '2026-03-03 13:30:00.000199+00', 1, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc2bvjgkk23f449yy44r26p0c', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc3tskphpbh390zwpd55tjnfk', 12, 'purchase_1jc2bvjgkm7ws6dzp0gvfj55jg', 'voided', 20, 488, 'Asked by the customer', '', '2026-03-03 13:30:00.000202+00', '2026-03-03 13:30:00.000204+00', 1, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc2bvjgkk23f449yy44r26p0c', 'points_1jc3tskphp6yf19v90968e6bm2');
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc3tskphpg3e4dxbk4zjs41kk', 13, 'purchase_1jc2bvjgkmaafxq1w75mspp6j5', 'moved_out', -26, 462, 'Asked by the customer', '', '2026-03-03 13:30:00.000207+00', '2026-03-03 13:30:00.000209+00', 1, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc2bvjgkk23f449yy44r26p0c', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc3tskphpktfgqdk2n34qkjr6', 7, 'purchase_1jc2bvjgkmaafxq1w75mspp6j5', 'moved_in', 26, 626, 'Asked by the customer', '', '2026-03-03 13:30:00.00021+00', '2026-03-03 13:30:00.000212+00', 1, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc4nkxgsq0z1wwxfmq9gddhv6', 1, 'purchase_1jc4nkxgspzyvyj9yv91qp5sht', 'earned', 110, 110, '', '', '2026-03-03 20:30:00.000213+00', '2026-03-03 21:30:00.000222+00', NULL, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc4nkxgspstdhtxtvfhmxts4k', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc4nkxgsq7mvka9hv8mct442w', 8, 'purchase_1jc4nkxgsq6a27m7andjv2r8me', 'earned', 10, 636, '', '', '2026-03-03 21:30:00.000225+00', '2026-03-03 21:30:00.000229+00', NULL, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc4nkxgsqeecn3yzwrycbhpmz', 9, 'purchase_1jc4nkxgsqdq7mqa97rfpf8q6b', 'earned', 10, 646, '', '', '2026-03-03 21:30:00.000232+00', '2026-03-03 21:30:00.000236+00', NULL, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc4nkxgsqmk7zghdev58kvmd6', 10, 'purchase_1jc4nkxgsqdq7mqa97rfpf8q6b', 'voided', -10, 636, 'Asked by the customer', '', '2026-03-03 21:30:00.000243+00', '2026-03-03 21:30:00.000245+00', 1, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc5d2y3rs076f9qy9mnx98sg2', 11, 'purchase_1jc5d2y3rrznz7xf8e0n81zhqm', 'earned', 30, 666, '', '', '2026-03-04 04:30:00.000283+00', '2026-03-04 04:30:00.000286+00', NULL, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc64hypqsbgbw6r5kpw952c8b', 12, 'purchase_1jc64hypqsaxfgrnn95mw2y8f4', 'earned', 15, 681, '', '', '2026-03-04 11:30:00.000297+00', '2026-03-04 11:30:00.000297+00', NULL, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc64hypqsgrg85yjdf8md5r4e', 13, 'purchase_1jc64hypqsaxfgrnn95mw2y8f4', 'refunded', -5, 676, 'Sent back', '', '2026-03-04 11:30:00.000303+00', '2026-03-04 11:30:00.000305+00', NULL, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc6w0z9pt24zjt83av9g901vj', 14, NULL, 'adjusted', 120, 796, 'Asked by the customer', 'opening', '2026-03-04 18:30:00.000321+00', '2026-03-04 18:30:00.000323+00', 1, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc6w0z9pt7q0s3jz3gvrh5kyg', 15, NULL, 'adjusted', -20, 776, 'Asked by the customer', 'mistake', '2026-03-04 18:30:00.000326+00', '2026-03-04 18:30:00.000328+00', 1, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc7kfzwntzn41wes5wqmcf80x', 1, NULL, 'bonus', 30, 30, 'Imported', 'import_1jc7kfzwntj2kv6kfcejqwdvkf', '2026-03-05 01:30:00.00035+00', '2026-03-05 01:30:00.000352+00', 1, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc7kfzwntvd28hdycdecwc6n8', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc7kfzwnvcjgq0mveke3m5kpj', 2, NULL, 'bonus', -30, 0, 'Asked by the customer', '', '2026-03-05 01:30:00.000363+00', '2026-03-05 01:30:00.000365+00', 1, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc7kfzwntvd28hdycdecwc6n8', 'points_1jc7kfzwntzn41wes5wqmcf80x');
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc7kfzwnvy6hp478q6fgg3365', 1, NULL, 'bonus', 30, 30, 'Imported', 'import_1jc7kfzwnvhm2gfrrf242p51t8', '2026-03-05 01:30:00.000381+00', '2026-03-05 01:30:00.000383+00', 1, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc7kfzwnvtj83azbf5v2e36d1', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc8az0fmwjg016fsv18hffmt3', 16, 'purchase_1jc8az0fmwgrbas1czhzvgda1j', 'earned', 40, 816, 'Imported from another service', '', '2025-11-20 17:00:00+00', '2026-03-05 08:30:00.000406+00', 1, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc8az0fmwksrs553xjhfts5rt', 17, NULL, 'adjusted', -40, 776, 'included in the opening balance', 'import_1jc8az0fmw33ewz07qa54bena1/purchase_1jc8az0fmwgrbas1czhzvgda1j', '2026-03-05 08:30:00.000399+00', '2026-03-05 08:30:00.000407+00', 1, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc8az0fmwmg36ztjhs97twb7n', 18, 'purchase_1jc8az0fmwhmrzje4qp2wpsgkt', 'earned', 40, 816, 'Imported from another service', '', '2025-11-20 17:00:00+00', '2026-03-05 08:30:00.000408+00', 1, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc8az0fmwnr8npp3sdapp26hy', 19, NULL, 'adjusted', -40, 776, 'included in the opening balance', 'import_1jc8az0fmw33ewz07qa54bena1/purchase_1jc8az0fmwhmrzje4qp2wpsgkt', '2026-03-05 08:30:00.000399+00', '2026-03-05 08:30:00.000409+00', 1, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc8az0fmxa3kqw1tgxa94ggcm', 20, 'purchase_1jc8az0fmx9nvvpawjrf47gt7t', 'earned', 40, 816, 'Imported from another service', '', '2025-11-20 17:00:00+00', '2026-03-05 08:30:00.000427+00', 1, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc8az0fmxyeryrqfjrzyate48', 21, 'purchase_1jc8az0fmxwthbt4mpsqgv9ab0', 'earned', 40, 856, 'Imported from another service', '', '2025-11-20 17:00:00+00', '2026-03-05 08:30:00.000448+00', 1, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc8az0fmxzghdb9zb5tcx09n7', 22, 'purchase_1jc8az0fmxx6br5kj9vtx7e9d3', 'earned', 40, 896, 'Imported from another service', '', '2025-11-20 17:00:00+00', '2026-03-05 08:30:00.000449+00', 1, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc8az0fmyencsxem7ensgp6fc', 23, 'purchase_1jc8az0fmxwthbt4mpsqgv9ab0', 'voided', -40, 856, 'Asked by the customer', '', '2026-03-05 08:30:00.000461+00', '2026-03-05 08:30:00.000464+00', 1, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc8az0fmyfbg351j2723ysfm6', 24, 'purchase_1jc8az0fmxx6br5kj9vtx7e9d3', 'voided', -40, 816, 'Asked by the customer', '', '2026-03-05 08:30:00.000461+00', '2026-03-05 08:30:00.000465+00', 1, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc8az0fmz1pcbqq2nmbwqfvfm', 25, 'purchase_1jc8az0fmxx6br5kj9vtx7e9d3', 'voided', 40, 856, 'Imported again', '', '2026-03-05 08:30:00.00048+00', '2026-03-05 08:30:00.000482+00', 1, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', 'points_1jc8az0fmyfbg351j2723ysfm6');
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc8az0fmzcmfkys651jzenb4q', 26, 'purchase_1jc8az0fmwgrbas1czhzvgda1j', 'refunded', -10, 846, 'Sent back', '', '2026-03-05 08:30:00.000491+00', '2026-03-05 08:30:00.000493+00', NULL, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc92e12m0r1jvs6ge1j7c4dgn', 27, 'purchase_1jc1mchxmjsa9v7qt4mht6emvt', 'recalculated', 50, 896, 'Asked by the customer', '', '2026-03-05 15:30:00.000502+00', '2026-03-05 15:30:00.00055+00', 1, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc92e12m0smwmr00n10njcn22', 28, 'purchase_1jc1mchxmk0cbmzqwe3830stk3', 'recalculated', 10, 906, 'Asked by the customer', '', '2026-03-05 15:30:00.000502+00', '2026-03-05 15:30:00.000551+00', 1, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc92e12m0tzwbd8yejay2x7zn', 14, 'purchase_1jc2bvjgkknj7yd6xe57v55m08', 'recalculated', 32, 494, 'Asked by the customer', '', '2026-03-05 15:30:00.000502+00', '2026-03-05 15:30:00.000552+00', 1, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc2bvjgkk23f449yy44r26p0c', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc92e12m0v8m8wsf4sz8a846t', 29, 'purchase_1jc2bvjgkkvc30k54m1t14b368', 'recalculated', 350, 1256, 'Asked by the customer', '', '2026-03-05 15:30:00.000502+00', '2026-03-05 15:30:00.000553+00', 1, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc92e12m0wqnsr4rqmddhj5pd', 30, 'purchase_1jc2bvjgkkynj95j9nfmtaskbr', 'recalculated', 410, 1666, 'Asked by the customer', '', '2026-03-05 15:30:00.000502+00', '2026-03-05 15:30:00.000554+00', 1, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc92e12m0xhyp8zp1agxpqm54', 15, 'purchase_1jc2bvjgkm13aqw2njxmrv3gky', 'recalculated', 2600, 3094, 'Asked by the customer', '', '2026-03-05 15:30:00.000502+00', '2026-03-05 15:30:00.000555+00', 1, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc2bvjgkk23f449yy44r26p0c', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc92e12m0yff2r7ztshk57gxq', 16, 'purchase_1jc2bvjgkm4fzr239e615wpts2', 'recalculated', 13, 3107, 'Asked by the customer', '', '2026-03-05 15:30:00.000502+00', '2026-03-05 15:30:00.000556+00', 1, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc2bvjgkk23f449yy44r26p0c', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc92e12m0zvqm4w05yv52wdgh', 17, 'purchase_1jc2bvjgkm7ws6dzp0gvfj55jg', 'recalculated', 20, 3127, 'Asked by the customer', '', '2026-03-05 15:30:00.000502+00', '2026-03-05 15:30:00.000557+00', 1, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc2bvjgkk23f449yy44r26p0c', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc92e12m10px58rw55pe46hs3', 31, 'purchase_1jc2bvjgkmaafxq1w75mspp6j5', 'recalculated', 26, 1692, 'Asked by the customer', '', '2026-03-05 15:30:00.000502+00', '2026-03-05 15:30:00.000558+00', 1, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc92e12m11ytm4fmpt0wekqm1', 18, 'purchase_1jc33ak3jmw6t8kj0c9qmkczps', 'recalculated', 1, 3128, 'Asked by the customer', '', '2026-03-05 15:30:00.000502+00', '2026-03-05 15:30:00.000559+00', 1, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc2bvjgkk23f449yy44r26p0c', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc92e12m127tb9td80te2bcpv', 2, 'purchase_1jc4nkxgspzyvyj9yv91qp5sht', 'recalculated', -90, 20, 'Asked by the customer', '', '2026-03-05 15:30:00.000502+00', '2026-03-05 15:30:00.00056+00', 1, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc4nkxgspstdhtxtvfhmxts4k', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc92e12m130zajb6jvvc05jr8', 32, 'purchase_1jc4nkxgsq6a27m7andjv2r8me', 'recalculated', 10, 1702, 'Asked by the customer', '', '2026-03-05 15:30:00.000502+00', '2026-03-05 15:30:00.000561+00', 1, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc92e12m14vsecfn3tvd0vf3r', 33, 'purchase_1jc5d2y3rrznz7xf8e0n81zhqm', 'recalculated', 30, 1732, 'Asked by the customer', '', '2026-03-05 15:30:00.000502+00', '2026-03-05 15:30:00.000562+00', 1, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc92e12m15a46e45gwyfnj156', 34, 'purchase_1jc64hypqsaxfgrnn95mw2y8f4', 'recalculated', 10, 1742, 'Asked by the customer', '', '2026-03-05 15:30:00.000502+00', '2026-03-05 15:30:00.000563+00', 1, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc92e12m1y59vpycekeg3m68n', 35, 'purchase_1jc1mchxmjsa9v7qt4mht6emvt', 'recalculated', -50, 1692, 'Asked by the customer', '', '2026-03-05 15:30:00.00057+00', '2026-03-05 15:30:00.000588+00', 1, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', 'points_1jc92e12m0r1jvs6ge1j7c4dgn');
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc92e12m1zjhfj6eb6bfftnkg', 36, 'purchase_1jc1mchxmk0cbmzqwe3830stk3', 'recalculated', -10, 1682, 'Asked by the customer', '', '2026-03-05 15:30:00.00057+00', '2026-03-05 15:30:00.000589+00', 1, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', 'points_1jc92e12m0smwmr00n10njcn22');
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc92e12m20x799p6d8xrrwexf', 19, 'purchase_1jc2bvjgkknj7yd6xe57v55m08', 'recalculated', -32, 3096, 'Asked by the customer', '', '2026-03-05 15:30:00.00057+00', '2026-03-05 15:30:00.00059+00', 1, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc2bvjgkk23f449yy44r26p0c', 'points_1jc92e12m0tzwbd8yejay2x7zn');
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc92e12m214qvmvkkdkqd9cfg', 37, 'purchase_1jc2bvjgkkvc30k54m1t14b368', 'recalculated', -350, 1332, 'Asked by the customer', '', '2026-03-05 15:30:00.00057+00', '2026-03-05 15:30:00.000591+00', 1, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', 'points_1jc92e12m0v8m8wsf4sz8a846t');
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc92e12m228cf42nk0pdk7pa7', 38, 'purchase_1jc2bvjgkkynj95j9nfmtaskbr', 'recalculated', -410, 922, 'Asked by the customer', '', '2026-03-05 15:30:00.00057+00', '2026-03-05 15:30:00.000592+00', 1, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', 'points_1jc92e12m0wqnsr4rqmddhj5pd');
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc92e12m23568dkp16dtsnbqe', 20, 'purchase_1jc2bvjgkm13aqw2njxmrv3gky', 'recalculated', -2600, 496, 'Asked by the customer', '', '2026-03-05 15:30:00.00057+00', '2026-03-05 15:30:00.000593+00', 1, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc2bvjgkk23f449yy44r26p0c', 'points_1jc92e12m0xhyp8zp1agxpqm54');
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc92e12m244dcejaxz4hqs5a0', 21, 'purchase_1jc2bvjgkm4fzr239e615wpts2', 'recalculated', -13, 483, 'Asked by the customer', '', '2026-03-05 15:30:00.00057+00', '2026-03-05 15:30:00.000594+00', 1, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc2bvjgkk23f449yy44r26p0c', 'points_1jc92e12m0yff2r7ztshk57gxq');
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc92e12m25e3beev0cbjd9bc6', 22, 'purchase_1jc2bvjgkm7ws6dzp0gvfj55jg', 'recalculated', -20, 463, 'Asked by the customer', '', '2026-03-05 15:30:00.00057+00', '2026-03-05 15:30:00.000595+00', 1, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc2bvjgkk23f449yy44r26p0c', 'points_1jc92e12m0zvqm4w05yv52wdgh');
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc92e12m26r14yk4dpse70r86', 39, 'purchase_1jc2bvjgkmaafxq1w75mspp6j5', 'recalculated', -26, 896, 'Asked by the customer', '', '2026-03-05 15:30:00.00057+00', '2026-03-05 15:30:00.000596+00', 1, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', 'points_1jc92e12m10px58rw55pe46hs3');
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc92e12m273pkv47x4xk9fwgy', 23, 'purchase_1jc33ak3jmw6t8kj0c9qmkczps', 'recalculated', -1, 462, 'Asked by the customer', '', '2026-03-05 15:30:00.00057+00', '2026-03-05 15:30:00.000597+00', 1, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc2bvjgkk23f449yy44r26p0c', 'points_1jc92e12m11ytm4fmpt0wekqm1');
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc92e12m28pzk9j6g7avxjdjw', 3, 'purchase_1jc4nkxgspzyvyj9yv91qp5sht', 'recalculated', 90, 110, 'Asked by the customer', '', '2026-03-05 15:30:00.00057+00', '2026-03-05 15:30:00.000598+00', 1, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc4nkxgspstdhtxtvfhmxts4k', 'points_1jc92e12m127tb9td80te2bcpv');
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc92e12m2925mwd7teyq7097d', 40, 'purchase_1jc4nkxgsq6a27m7andjv2r8me', 'recalculated', -10, 886, 'Asked by the customer', '', '2026-03-05 15:30:00.00057+00', '2026-03-05 15:30:00.000599+00', 1, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', 'points_1jc92e12m130zajb6jvvc05jr8');
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc92e12m2acpkmha8y8dkr4vv', 41, 'purchase_1jc5d2y3rrznz7xf8e0n81zhqm', 'recalculated', -30, 856, 'Asked by the customer', '', '2026-03-05 15:30:00.00057+00', '2026-03-05 15:30:00.0006+00', 1, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', 'points_1jc92e12m14vsecfn3tvd0vf3r');
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc92e12m2bxpqw2v74d94am54', 42, 'purchase_1jc64hypqsaxfgrnn95mw2y8f4', 'recalculated', -10, 846, 'Asked by the customer', '', '2026-03-05 15:30:00.00057+00', '2026-03-05 15:30:00.000601+00', 1, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', 'points_1jc92e12m15a46e45gwyfnj156');
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc92e12m3fecqxeehs0xv8bcx', 4, 'purchase_1jc4nkxgspzyvyj9yv91qp5sht', 'recalculated', -87, 23, 'Asked by the customer', '', '2026-03-05 15:30:00.000611+00', '2026-03-05 15:30:00.000627+00', 1, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc4nkxgspstdhtxtvfhmxts4k', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc92e12m3g5cw0a13xhgbvbee', 43, 'purchase_1jc4nkxgsq6a27m7andjv2r8me', 'recalculated', 13, 859, 'Asked by the customer', '', '2026-03-05 15:30:00.000611+00', '2026-03-05 15:30:00.000628+00', 1, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc92e12m3h7h3pmekeqwk6fvm', 44, 'purchase_1jc5d2y3rrznz7xf8e0n81zhqm', 'recalculated', 33, 892, 'Asked by the customer', '', '2026-03-05 15:30:00.000611+00', '2026-03-05 15:30:00.000629+00', 1, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc92e12m3jesmh75tzz8zapdf', 45, 'purchase_1jc64hypqsaxfgrnn95mw2y8f4', 'recalculated', 13, 905, 'Asked by the customer', '', '2026-03-05 15:30:00.000611+00', '2026-03-05 15:30:00.00063+00', 1, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc92e12m40fw590mgkx1085v9', 46, 'purchase_1jc4nkxgsq6a27m7andjv2r8me', 'refunded', -5, 900, 'Sent back', '', '2026-03-05 15:30:00.000639+00', '2026-03-05 15:30:00.000641+00', NULL, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc92e12m442gzx44h0cvbxe83', 24, 'purchase_1jc92e12m43x31rsqetabzertb', 'earned', 70, 532, '', '', '2026-03-05 15:30:00.000642+00', '2026-03-05 15:30:00.000642+00', NULL, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc2bvjgkk23f449yy44r26p0c', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc92e12m47fbxq2q0440nd5bg', 25, 'purchase_1jc92e12m46sgg7wg7j45x9w4h', 'earned', 23, 555, '', '', '2026-03-05 15:30:00.000645+00', '2026-03-05 15:30:00.000645+00', NULL, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc2bvjgkk23f449yy44r26p0c', NULL);
INSERT INTO public.contests_pointtransaction (id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at, created_at, actor_id, contest_id, entry_id, undoes_id) VALUES ('points_1jc9sx1nk4yqt22q0w1ehk83cp', 1, 'purchase_1jc9sx1nk4xfzge4jb5wrap71e', 'earned', 10, 10, '', '', '2026-03-05 22:30:00.000668+00', '2026-03-05 22:30:00.000668+00', NULL, '1jc9sx1nk4j4mp691yac1y5sy4', 'entry_1jc9sx1nk4stwadwwe7sv7ztak', NULL);
INSERT INTO public.contests_ruleset (id, number, content, published_at, contest_id, published_by_id) VALUES ('rules_1jc0wxhanhcf3q64ermf1cwvt4', 1, '{"rules": [{"id": "rule_1jc0wxhanhbfv1wbzbh50mrd1w", "currency": "", "amount_to": null, "is_active": true, "valid_from": null, "amount_from": null, "valid_until": null, "fixed_points": 0, "points_per_unit": 1, "first_purchase_only": false}], "rounding": "nearest", "cap_per_entry": null, "cap_per_purchase": null}', '2026-03-02 09:30:00.000045+00', '1jc0wxhanh920w71nvrk6p2fhg', NULL);
INSERT INTO public.contests_ruleset (id, number, content, published_at, contest_id, published_by_id) VALUES ('rules_1jc2bvjgkkd82917zmjxn8mgzf', 2, '{"rules": [{"id": "rule_1jc2bvjgkk86sffj42ygg2sj18", "currency": "", "amount_to": null, "is_active": true, "valid_from": null, "amount_from": null, "valid_until": null, "fixed_points": 0, "points_per_unit": 1, "first_purchase_only": false}, {"id": "rule_1jc2bvjgkk99sgr98a0fg260sx", "currency": "EUR", "amount_to": null, "is_active": true, "valid_from": "2026-03-01T09:30:00Z", "amount_from": null, "valid_until": "2026-04-01T09:30:00Z", "fixed_points": 5, "points_per_unit": 2.5, "first_purchase_only": false}, {"id": "rule_1jc2bvjgkka2edqhwsp091pa00", "currency": "", "amount_to": null, "is_active": true, "valid_from": null, "amount_from": null, "valid_until": null, "fixed_points": 100, "points_per_unit": 0, "first_purchase_only": true}, {"id": "rule_1jc2bvjgkkby1ynk0h1s7q7zcm", "currency": "", "amount_to": 99.9900, "is_active": true, "valid_from": null, "amount_from": 50.0000, "valid_until": null, "fixed_points": 7, "points_per_unit": 0, "first_purchase_only": false}, {"id": "rule_1jc2bvjgkkc52bwv3fx5643pe0", "currency": "", "amount_to": null, "is_active": false, "valid_from": null, "amount_from": null, "valid_until": null, "fixed_points": 0, "points_per_unit": 3, "first_purchase_only": false}], "rounding": "down", "cap_per_entry": 1000, "cap_per_purchase": 400}', '2026-03-02 23:30:00.00011+00', '1jc0wxhanh920w71nvrk6p2fhg', NULL);
INSERT INTO public.contests_ruleset (id, number, content, published_at, contest_id, published_by_id) VALUES ('rules_1jc5d2y3rqz5vm4mvnqsdheyhr', 1, '{"rules": [{"id": "rule_1jc5d2y3rqyn5qg2s5v6r2td84", "currency": "", "amount_to": null, "is_active": true, "valid_from": null, "amount_from": null, "valid_until": null, "fixed_points": 0, "points_per_unit": 1, "first_purchase_only": false}], "rounding": "nearest", "cap_per_entry": null, "cap_per_purchase": null}', '2026-03-04 04:30:00.000256+00', '1jc5d2y3rqwvr8nz2vxvj2ck4z', NULL);
INSERT INTO public.contests_ruleset (id, number, content, published_at, contest_id, published_by_id) VALUES ('rules_1jc92e12kzfd0gamcrr2gk4swq', 3, '{"rules": [{"id": "rule_1jc92e12kze99tc51ebfvrv6aj", "currency": "", "amount_to": null, "is_active": true, "valid_from": null, "amount_from": null, "valid_until": null, "fixed_points": 0, "points_per_unit": 2, "first_purchase_only": false}], "rounding": "nearest", "cap_per_entry": null, "cap_per_purchase": null}', '2026-03-05 15:30:00.000496+00', '1jc0wxhanh920w71nvrk6p2fhg', NULL);
INSERT INTO public.contests_ruleset (id, number, content, published_at, contest_id, published_by_id) VALUES ('rules_1jc92e12m2yswgwaqp845r7pjg', 4, '{"rules": [{"id": "rule_1jc92e12kze99tc51ebfvrv6aj", "currency": "", "amount_to": null, "is_active": true, "valid_from": null, "amount_from": null, "valid_until": null, "fixed_points": 0, "points_per_unit": 2, "first_purchase_only": false}, {"id": "rule_1jc92e12m2x5zf93z7tccsft7k", "currency": "", "amount_to": null, "is_active": true, "valid_from": null, "amount_from": null, "valid_until": null, "fixed_points": 3, "points_per_unit": 0, "first_purchase_only": false}], "rounding": "nearest", "cap_per_entry": null, "cap_per_purchase": null}', '2026-03-05 15:30:00.000607+00', '1jc0wxhanh920w71nvrk6p2fhg', 1);
INSERT INTO public.contests_ruleset (id, number, content, published_at, contest_id, published_by_id) VALUES ('rules_1jc9sx1nk4e4vtarsa2q1321es', 1, '{"rules": [{"id": "rule_1jc9sx1nk4ccsk49brxfnkj786", "currency": "", "amount_to": null, "is_active": true, "valid_from": null, "amount_from": null, "valid_until": null, "fixed_points": 0, "points_per_unit": 2, "first_purchase_only": false}, {"id": "rule_1jc9sx1nk4dtce2jd86wmfmdgt", "currency": "", "amount_to": null, "is_active": true, "valid_from": null, "amount_from": null, "valid_until": null, "fixed_points": 3, "points_per_unit": 0, "first_purchase_only": false}], "rounding": "nearest", "cap_per_entry": null, "cap_per_purchase": null}', '2026-03-05 22:30:00.000655+00', '1jc9sx1nk4a96992w2p7ch1qeq', 1);
INSERT INTO public.contests_ruleset (id, number, content, published_at, contest_id, published_by_id) VALUES ('rules_1jc9sx1nk4nc4s14rhxm79ysaf', 1, '{"rules": [{"id": "rule_1jc9sx1nk4mhbtmc8havg5bbrw", "currency": "", "amount_to": null, "is_active": true, "valid_from": null, "amount_from": null, "valid_until": null, "fixed_points": 0, "points_per_unit": 1, "first_purchase_only": false}], "rounding": "nearest", "cap_per_entry": null, "cap_per_purchase": null}', '2026-03-05 22:30:00.000662+00', '1jc9sx1nk4j4mp691yac1y5sy4', 1);
INSERT INTO public.contests_ruleset (id, number, content, published_at, contest_id, published_by_id) VALUES ('rules_1jc9sx1nk50n6k28grt3c7nezz', 2, '{"rules": [{"id": "rule_1jc9sx1nk4zt4tzm1zq53qwjm0", "currency": "", "amount_to": null, "is_active": true, "valid_from": null, "amount_from": null, "valid_until": null, "fixed_points": 0, "points_per_unit": 3, "first_purchase_only": false}], "rounding": "nearest", "cap_per_entry": null, "cap_per_purchase": null}', '2026-03-05 22:30:00.000673+00', '1jc9sx1nk4j4mp691yac1y5sy4', NULL);
INSERT INTO public.django_content_type (id, app_label, model) VALUES (1, 'admin', 'logentry');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (2, 'auth', 'permission');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (3, 'auth', 'group');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (4, 'contenttypes', 'contenttype');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (5, 'sessions', 'session');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (6, 'axes', 'accessattempt');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (7, 'axes', 'accesslog');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (8, 'axes', 'accessfailurelog');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (9, 'axes', 'accessattemptexpiration');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (10, 'jobs', 'chore');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (11, 'jobs', 'job');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (12, 'audit', 'auditevent');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (13, 'accounts', 'team');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (14, 'accounts', 'user');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (15, 'accounts', 'signinfailures');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (16, 'accounts', 'membership');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (17, 'accounts', 'invitation');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (18, 'apikeys', 'apikey');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (19, 'apikeys', 'callwindow');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (20, 'contests', 'contest');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (21, 'contests', 'entrytotals');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (22, 'contests', 'entry');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (23, 'contests', 'entryimport');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (24, 'contests', 'entryimportrow');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (25, 'contests', 'nameword');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (26, 'contests', 'pointrule');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (27, 'contests', 'pointtransaction');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (28, 'contests', 'ruleset');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (29, 'purchases', 'retentiongap');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (30, 'purchases', 'purchasetotals');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (31, 'purchases', 'rollupcursor');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (32, 'purchases', 'purchaseimport');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (33, 'purchases', 'purchase');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (34, 'purchases', 'purchaseimportrow');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (35, 'purchases', 'recalculatedaward');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (36, 'purchases', 'recalculation');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (37, 'purchases', 'refund');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (38, 'purchases', 'rejectedpurchase');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (39, 'purchases', 'rejectioncount');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (40, 'purchases', 'dailystat');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (41, 'purchases', 'pendingrefund');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (42, 'purchases', 'duplicatecount');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (1, 'contenttypes', '0001_initial', '2026-03-02 09:30:00.000001+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (2, 'contenttypes', '0002_remove_content_type_name', '2026-03-02 09:30:00.000002+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (3, 'auth', '0001_initial', '2026-03-02 09:30:00.000003+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (4, 'auth', '0002_alter_permission_name_max_length', '2026-03-02 09:30:00.000004+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (5, 'auth', '0003_alter_user_email_max_length', '2026-03-02 09:30:00.000005+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (6, 'auth', '0004_alter_user_username_opts', '2026-03-02 09:30:00.000006+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (7, 'auth', '0005_alter_user_last_login_null', '2026-03-02 09:30:00.000007+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (8, 'auth', '0006_require_contenttypes_0002', '2026-03-02 09:30:00.000008+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (9, 'auth', '0007_alter_validators_add_error_messages', '2026-03-02 09:30:00.000009+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (10, 'auth', '0008_alter_user_username_max_length', '2026-03-02 09:30:00.00001+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (11, 'auth', '0009_alter_user_last_name_max_length', '2026-03-02 09:30:00.000011+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (12, 'auth', '0010_alter_group_name_max_length', '2026-03-02 09:30:00.000012+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (13, 'auth', '0011_update_proxy_permissions', '2026-03-02 09:30:00.000013+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (14, 'auth', '0012_alter_user_first_name_max_length', '2026-03-02 09:30:00.000014+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (15, 'accounts', '0001_initial', '2026-03-02 09:30:00.000015+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (16, 'admin', '0001_initial', '2026-03-02 09:30:00.000016+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (17, 'admin', '0002_logentry_remove_auto_add', '2026-03-02 09:30:00.000017+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (18, 'admin', '0003_logentry_add_action_flag_choices', '2026-03-02 09:30:00.000018+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (19, 'apikeys', '0001_initial', '2026-03-02 09:30:00.000019+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (20, 'apikeys', '0002_call_windows_are_unlogged', '2026-03-02 09:30:00.00002+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (21, 'audit', '0001_initial', '2026-03-02 09:30:00.000021+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (22, 'audit', '0002_append_only', '2026-03-02 09:30:00.000022+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (23, 'axes', '0001_initial', '2026-03-02 09:30:00.000023+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (24, 'axes', '0002_auto_20151217_2044', '2026-03-02 09:30:00.000024+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (25, 'axes', '0003_auto_20160322_0929', '2026-03-02 09:30:00.000025+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (26, 'axes', '0004_auto_20181024_1538', '2026-03-02 09:30:00.000026+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (27, 'axes', '0005_remove_accessattempt_trusted', '2026-03-02 09:30:00.000027+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (28, 'axes', '0006_remove_accesslog_trusted', '2026-03-02 09:30:00.000028+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (29, 'axes', '0007_alter_accessattempt_unique_together', '2026-03-02 09:30:00.000029+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (30, 'axes', '0008_accessfailurelog', '2026-03-02 09:30:00.00003+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (31, 'axes', '0009_add_session_hash', '2026-03-02 09:30:00.000031+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (32, 'axes', '0010_accessattemptexpiration', '2026-03-02 09:30:00.000032+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (33, 'jobs', '0001_initial', '2026-03-02 09:30:00.000033+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (34, 'contests', '0001_initial', '2026-03-02 09:30:00.000034+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (35, 'contests', '0002_append_only', '2026-03-02 09:30:00.000035+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (36, 'purchases', '0001_initial', '2026-03-02 09:30:00.000036+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (37, 'purchases', '0002_append_only_and_unlogged', '2026-03-02 09:30:00.000037+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (38, 'sessions', '0001_initial', '2026-03-02 09:30:00.000038+00');
INSERT INTO public.jobs_chore (name, due_at) VALUES ('delete_old_import_rows', '2026-03-06 23:30:00.000687+00');
INSERT INTO public.jobs_chore (name, due_at) VALUES ('record_held_purchases', '2026-03-06 22:31:00.000687+00');
INSERT INTO public.jobs_chore (name, due_at) VALUES ('delete_old_rejected_purchases', '2026-03-06 23:30:00.000687+00');
INSERT INTO public.jobs_chore (name, due_at) VALUES ('limit_held_purchases', '2026-03-06 22:31:00.000687+00');
INSERT INTO public.jobs_chore (name, due_at) VALUES ('delete_old_backtests', '2026-03-06 23:30:00.000687+00');
INSERT INTO public.jobs_chore (name, due_at) VALUES ('catch_up_all', '2026-03-06 22:31:00.000687+00');
INSERT INTO public.jobs_chore (name, due_at) VALUES ('delete_old_sign_ins', '2026-03-06 23:30:00.000687+00');
INSERT INTO public.jobs_chore (name, due_at) VALUES ('update_totals', '2026-03-06 22:30:30.000687+00');
INSERT INTO public.jobs_job (id, contest_id, kind, is_exclusive, state, params, result, problem, done, total, holder, leased_until, attempts, created_at, finished_at, actor_id) VALUES ('job_1jc92e12kzkxzwersgnyh3rjs7', '1jc0wxhanh920w71nvrk6p2fhg', 'backtest', false, 'done', '{"days": 0, "terms": {"rules": [{"id": "rule_1jc92e12kze99tc51ebfvrv6aj", "currency": "", "amount_to": null, "is_active": true, "valid_from": null, "amount_from": null, "valid_until": null, "fixed_points": 0, "points_per_unit": 2, "first_purchase_only": false}], "rounding": "nearest", "cap_per_entry": null, "cap_per_purchase": null}}', '{"rules": [{"rule": {"id": "rule_1jc92e12kze99tc51ebfvrv6aj", "currency": "", "amount_to": null, "is_active": true, "valid_from": null, "amount_from": null, "valid_until": null, "fixed_points": 0, "points_per_unit": 2, "first_purchase_only": false}, "points_after": 4719.65, "points_before": 0, "purchases_after": 14, "purchases_before": 0}, {"rule": {"id": "rule_1jc0wxhanhbfv1wbzbh50mrd1w", "currency": "", "amount_to": null, "is_active": true, "valid_from": null, "amount_from": null, "valid_until": null, "fixed_points": 0, "points_per_unit": 1, "first_purchase_only": false}, "points_after": 0, "points_before": 59.99, "purchases_after": 0, "purchases_before": 2}, {"rule": {"id": "rule_1jc2bvjgkk86sffj42ygg2sj18", "currency": "", "amount_to": null, "is_active": true, "valid_from": null, "amount_from": null, "valid_until": null, "fixed_points": 0, "points_per_unit": 1, "first_purchase_only": false}, "points_after": 0, "points_before": 2299.835, "purchases_after": 0, "purchases_before": 12}, {"rule": {"id": "rule_1jc2bvjgkka2edqhwsp091pa00", "currency": "", "amount_to": null, "is_active": true, "valid_from": null, "amount_from": null, "valid_until": null, "fixed_points": 100, "points_per_unit": 0, "first_purchase_only": true}, "points_after": 0, "points_before": 100, "purchases_after": 0, "purchases_before": 1}], "places": [{"entry": "entry_1jc2bvjgkk23f449yy44r26p0c", "place_after": 1, "place_before": 2, "points_after": 3128, "points_before": 462}, {"entry": "entry_1jc0wxhanhgfkhg1sehgtvz69d", "place_after": 2, "place_before": 1, "points_after": 1742, "points_before": 846}, {"entry": "entry_1jc7kfzwnvtj83azbf5v2e36d1", "place_after": 3, "place_before": 4, "points_after": 30, "points_before": 30}, {"entry": "entry_1jc4nkxgspstdhtxtvfhmxts4k", "place_after": 4, "place_before": 3, "points_after": 20, "points_before": 110}, {"entry": "entry_1jc7kfzwntvd28hdycdecwc6n8", "place_after": 5, "place_before": 5, "points_after": 0, "points_before": 0}], "changed": 14, "purchases": 19, "entries_up": 2, "entries_down": 1, "points_after": 4720, "points_before": 1248}', '', 19, 19, 'holder_1jc92e12kzvb5g55y0ttdfz5bc', '2026-03-05 15:31:00.000511+00', 0, '2026-03-05 15:30:00.0005+00', '2026-03-05 15:30:00.000512+00', 1);
INSERT INTO public.jobs_job (id, contest_id, kind, is_exclusive, state, params, result, problem, done, total, holder, leased_until, attempts, created_at, finished_at, actor_id) VALUES ('job_1jc8az0fmxp8wfxb9vxm0fvzne', '1jc0wxhanh920w71nvrk6p2fhg', 'import_past_orders', true, 'done', '{"import": "import_1jc8az0fmxfc2ynxe06ejwv5f7"}', '{"imported": 2, "no_entry": 1}', '', 2, 2, 'holder_1jc8az0fmxsq3sj8a9x2hb4jdb', '2026-03-05 08:31:00.00045+00', 0, '2026-03-05 08:30:00.000439+00', '2026-03-05 08:30:00.000451+00', 1);
INSERT INTO public.jobs_job (id, contest_id, kind, is_exclusive, state, params, result, problem, done, total, holder, leased_until, attempts, created_at, finished_at, actor_id) VALUES ('job_1jc7kfzwntpv7fh88ee0yv32h8', '1jc0wxhanh920w71nvrk6p2fhg', 'import_entries', true, 'done', '{"import": "import_1jc7kfzwntj2kv6kfcejqwdvkf"}', '{"error": 1, "imported": 1}', '', 1, 1, 'holder_1jc7kfzwntssnz18x6d1gy3t0d', '2026-03-05 01:31:00.000353+00', 0, '2026-03-05 01:30:00.000343+00', '2026-03-05 01:30:00.000354+00', 1);
INSERT INTO public.jobs_job (id, contest_id, kind, is_exclusive, state, params, result, problem, done, total, holder, leased_until, attempts, created_at, finished_at, actor_id) VALUES ('job_1jc7kfzwnv6hwvzs241sgfrhzt', '1jc0wxhanh920w71nvrk6p2fhg', 'undo_import_of_entries', true, 'done', '{"import": "import_1jc7kfzwntj2kv6kfcejqwdvkf", "reason": "Asked by the customer"}', '{"error": 1, "points_removed": 1}', '', 1, 1, 'holder_1jc7kfzwnv962fbdds6g0gder5', '2026-03-05 01:31:00.000366+00', 0, '2026-03-05 01:30:00.000359+00', '2026-03-05 01:30:00.000367+00', 1);
INSERT INTO public.jobs_job (id, contest_id, kind, is_exclusive, state, params, result, problem, done, total, holder, leased_until, attempts, created_at, finished_at, actor_id) VALUES ('job_1jc7kfzwnvn6km5aax6qaxgntx', '1jc0wxhanh920w71nvrk6p2fhg', 'import_entries', true, 'done', '{"import": "import_1jc7kfzwnvhm2gfrrf242p51t8"}', '{"error": 1, "imported": 1}', '', 1, 1, 'holder_1jc7kfzwnvr4qmhsvjq8p402wn', '2026-03-05 01:31:00.000384+00', 0, '2026-03-05 01:30:00.000374+00', '2026-03-05 01:30:00.000385+00', 1);
INSERT INTO public.jobs_job (id, contest_id, kind, is_exclusive, state, params, result, problem, done, total, holder, leased_until, attempts, created_at, finished_at, actor_id) VALUES ('job_1jc8az0fmy7zkfsmpf3tv4w5sf', '1jc0wxhanh920w71nvrk6p2fhg', 'undo_import_of_past_orders', true, 'done', '{"import": "import_1jc8az0fmxfc2ynxe06ejwv5f7", "reason": "Asked by the customer"}', '{"undone": 2, "no_entry": 1}', '', 2, 2, 'holder_1jc8az0fmya5eb7w5s9h72n2fn', '2026-03-05 08:31:00.000466+00', 0, '2026-03-05 08:30:00.000456+00', '2026-03-05 08:30:00.000467+00', 1);
INSERT INTO public.jobs_job (id, contest_id, kind, is_exclusive, state, params, result, problem, done, total, holder, leased_until, attempts, created_at, finished_at, actor_id) VALUES ('job_1jc8az0fmwaqx93fhmxcf3kvwe', '1jc0wxhanh920w71nvrk6p2fhg', 'import_past_orders', true, 'done', '{"import": "import_1jc8az0fmw33ewz07qa54bena1"}', '{"imported": 2, "no_entry": 1}', '', 2, 2, 'holder_1jc8az0fmwd9frq5zf8m1p47wq', '2026-03-05 08:31:00.00041+00', 0, '2026-03-05 08:30:00.000395+00', '2026-03-05 08:30:00.000411+00', 1);
INSERT INTO public.jobs_job (id, contest_id, kind, is_exclusive, state, params, result, problem, done, total, holder, leased_until, attempts, created_at, finished_at, actor_id) VALUES ('job_1jc8az0fmx39r5k9wb2dshbpb9', '1jc0wxhanh920w71nvrk6p2fhg', 'import_past_orders', true, 'done', '{"import": "import_1jc8az0fmwx00n5q9mtt3m9my0"}', '{"imported": 1, "no_entry": 1}', '', 1, 1, 'holder_1jc8az0fmx6avpcft27e50ygm3', '2026-03-05 08:31:00.000428+00', 0, '2026-03-05 08:30:00.00042+00', '2026-03-05 08:30:00.000429+00', 1);
INSERT INTO public.jobs_job (id, contest_id, kind, is_exclusive, state, params, result, problem, done, total, holder, leased_until, attempts, created_at, finished_at, actor_id) VALUES ('job_1jc92e12kzqrhjv6tf4bcaa1hp', '1jc0wxhanh920w71nvrk6p2fhg', 'recalculate', true, 'done', '{}', '{"points": 3472, "scored": 19, "changed": 14}', '', 19, 19, 'holder_1jc92e12m02sh47extcvmt84ya', '2026-03-05 15:31:00.000564+00', 0, '2026-03-05 15:30:00.000504+00', '2026-03-05 15:30:00.000565+00', 1);
INSERT INTO public.jobs_job (id, contest_id, kind, is_exclusive, state, params, result, problem, done, total, holder, leased_until, attempts, created_at, finished_at, actor_id) VALUES ('job_1jc8az0fmyvar6ffmsk3w6ct61', '1jc0wxhanh920w71nvrk6p2fhg', 'import_past_orders', true, 'done', '{"import": "import_1jc8az0fmynnpg1sn30p3b8vr1"}', '{"imported": 1, "no_entry": 1}', '', 1, 1, 'holder_1jc8az0fmyyjp9y8pe1be7n4m3', '2026-03-05 08:31:00.000483+00', 0, '2026-03-05 08:30:00.000476+00', '2026-03-05 08:30:00.000484+00', 1);
INSERT INTO public.jobs_job (id, contest_id, kind, is_exclusive, state, params, result, problem, done, total, holder, leased_until, attempts, created_at, finished_at, actor_id) VALUES ('job_1jc92e12m34pgqx57nnc4e5ypk', '1jc0wxhanh920w71nvrk6p2fhg', 'recalculate', true, 'done', '{}', '{"points": -28, "scored": 4, "changed": 4}', '', 4, 4, 'holder_1jc92e12m38kky67gjjbvd1b0x', '2026-03-05 15:31:00.000631+00', 0, '2026-03-05 15:30:00.000613+00', '2026-03-05 15:30:00.000632+00', 1);
INSERT INTO public.jobs_job (id, contest_id, kind, is_exclusive, state, params, result, problem, done, total, holder, leased_until, attempts, created_at, finished_at, actor_id) VALUES ('job_1jc9sx1nk54z0m96f3nygrtp5r', '1jc9sx1nk4j4mp691yac1y5sy4', 'backtest', false, 'cancelled', '{"days": 7, "terms": {"rules": [{"id": "rule_1jc9sx1nk4zt4tzm1zq53qwjm0", "currency": "", "amount_to": null, "is_active": true, "valid_from": null, "amount_from": null, "valid_until": null, "fixed_points": 0, "points_per_unit": 3, "first_purchase_only": false}], "rounding": "nearest", "cap_per_entry": null, "cap_per_purchase": null}}', '{}', '', 0, NULL, '', NULL, 0, '2026-03-05 22:30:00.000677+00', '2026-03-05 22:30:00.000678+00', 1);
INSERT INTO public.jobs_job (id, contest_id, kind, is_exclusive, state, params, result, problem, done, total, holder, leased_until, attempts, created_at, finished_at, actor_id) VALUES ('job_1jc92e12m1ss43z670xv1ffghz', '1jc0wxhanh920w71nvrk6p2fhg', 'undo_recalculation', true, 'done', '{"reason": "Asked by the customer"}', '{"purchases": 19}', '', 19, 19, 'holder_1jc92e12m1w2a317aqxn2e6bdx', '2026-03-05 15:31:00.000602+00', 0, '2026-03-05 15:30:00.00057+00', '2026-03-05 15:30:00.000603+00', 1);
INSERT INTO public.jobs_job (id, contest_id, kind, is_exclusive, state, params, result, problem, done, total, holder, leased_until, attempts, created_at, finished_at, actor_id) VALUES ('job_1jc9sx1nk57mat8g0xnd18a3d8', '1jc9sx1nk4j4mp691yac1y5sy4', 'backtest', false, 'failed', '{"days": 7, "terms": {"rules": [{"id": "rule_1jc9sx1nk4zt4tzm1zq53qwjm0", "currency": "", "amount_to": null, "is_active": true, "valid_from": null, "amount_from": null, "valid_until": null, "fixed_points": 0, "points_per_unit": 3, "first_purchase_only": false}], "rounding": "nearest", "cap_per_entry": null, "cap_per_purchase": null}}', '{}', 'Something went wrong.', 0, NULL, '', NULL, 0, '2026-03-05 22:30:00.00068+00', '2026-03-05 22:30:00.000681+00', 1);
INSERT INTO public.jobs_job (id, contest_id, kind, is_exclusive, state, params, result, problem, done, total, holder, leased_until, attempts, created_at, finished_at, actor_id) VALUES ('job_1jc9sx1nk5cs6yysr9x6b84g7f', '1jc9sx1nk4j4mp691yac1y5sy4', 'recalculate', true, 'waiting', '{}', '{}', '', 0, NULL, '', NULL, 0, '2026-03-05 22:30:00.000685+00', NULL, 1);
INSERT INTO public.purchases_dailystat (id, day, figure, key, count, amount, contest_id) VALUES (1, '2026-03-02', 'purchases', '', 11, 1922.0000000000, '1jc0wxhanh920w71nvrk6p2fhg');
INSERT INTO public.purchases_dailystat (id, day, figure, key, count, amount, contest_id) VALUES (2, '2026-03-02', 'rule_set', 'rules_1jc2bvjgkkd82917zmjxn8mgzf', 9, 1862.0000000000, '1jc0wxhanh920w71nvrk6p2fhg');
INSERT INTO public.purchases_dailystat (id, day, figure, key, count, amount, contest_id) VALUES (3, '2026-03-02', 'rule_set', 'rules_1jc0wxhanhcf3q64ermf1cwvt4', 2, 60.0000000000, '1jc0wxhanh920w71nvrk6p2fhg');
INSERT INTO public.purchases_dailystat (id, day, figure, key, count, amount, contest_id) VALUES (4, '2026-03-02', 'revenue', 'EUR', 1, 80.0000000000, '1jc0wxhanh920w71nvrk6p2fhg');
INSERT INTO public.purchases_dailystat (id, day, figure, key, count, amount, contest_id) VALUES (5, '2026-03-02', 'revenue', 'JPY', 1, 1500.0000000000, '1jc0wxhanh920w71nvrk6p2fhg');
INSERT INTO public.purchases_dailystat (id, day, figure, key, count, amount, contest_id) VALUES (6, '2026-03-02', 'revenue', 'KWD', 1, 12.3450000000, '1jc0wxhanh920w71nvrk6p2fhg');
INSERT INTO public.purchases_dailystat (id, day, figure, key, count, amount, contest_id) VALUES (7, '2026-03-02', 'revenue', 'USD', 8, 1271.9800000000, '1jc0wxhanh920w71nvrk6p2fhg');
INSERT INTO public.purchases_dailystat (id, day, figure, key, count, amount, contest_id) VALUES (8, '2026-03-02', 'rule', 'rule_1jc0wxhanhbfv1wbzbh50mrd1w', 2, 59.9900000000, '1jc0wxhanh920w71nvrk6p2fhg');
INSERT INTO public.purchases_dailystat (id, day, figure, key, count, amount, contest_id) VALUES (9, '2026-03-02', 'rule', 'rule_1jc2bvjgkk86sffj42ygg2sj18', 9, 2804.3350000000, '1jc0wxhanh920w71nvrk6p2fhg');
INSERT INTO public.purchases_dailystat (id, day, figure, key, count, amount, contest_id) VALUES (10, '2026-03-02', 'rule', 'rule_1jc2bvjgkk99sgr98a0fg260sx', 1, 205.0000000000, '1jc0wxhanh920w71nvrk6p2fhg');
INSERT INTO public.purchases_dailystat (id, day, figure, key, count, amount, contest_id) VALUES (11, '2026-03-02', 'rule', 'rule_1jc2bvjgkka2edqhwsp091pa00', 1, 100.0000000000, '1jc0wxhanh920w71nvrk6p2fhg');
INSERT INTO public.purchases_dailystat (id, day, figure, key, count, amount, contest_id) VALUES (12, '2026-03-02', 'rule', 'rule_1jc2bvjgkkby1ynk0h1s7q7zcm', 2, 14.0000000000, '1jc0wxhanh920w71nvrk6p2fhg');
INSERT INTO public.purchases_dailystat (id, day, figure, key, count, amount, contest_id) VALUES (13, '2026-03-02', 'ledger', 'earned', 11, 1922.0000000000, '1jc0wxhanh920w71nvrk6p2fhg');
INSERT INTO public.purchases_dailystat (id, day, figure, key, count, amount, contest_id) VALUES (14, '2026-03-02', 'entries', '', 3, 0.0000000000, '1jc0wxhanh920w71nvrk6p2fhg');
INSERT INTO public.purchases_dailystat (id, day, figure, key, count, amount, contest_id) VALUES (15, '2026-03-02', 'duplicates', '', 4, 1.0000000000, '1jc0wxhanh920w71nvrk6p2fhg');
INSERT INTO public.purchases_dailystat (id, day, figure, key, count, amount, contest_id) VALUES (16, '2026-03-04', 'entries', '', 1, 0.0000000000, '1jc5d2y3rqwvr8nz2vxvj2ck4z');
INSERT INTO public.purchases_dailystat (id, day, figure, key, count, amount, contest_id) VALUES (17, '2026-03-05', 'purchases', '', 1, 10.0000000000, '1jc9sx1nk4j4mp691yac1y5sy4');
INSERT INTO public.purchases_dailystat (id, day, figure, key, count, amount, contest_id) VALUES (18, '2026-03-05', 'rule_set', 'rules_1jc9sx1nk4nc4s14rhxm79ysaf', 1, 10.0000000000, '1jc9sx1nk4j4mp691yac1y5sy4');
INSERT INTO public.purchases_dailystat (id, day, figure, key, count, amount, contest_id) VALUES (19, '2026-03-05', 'revenue', 'USD', 1, 10.0000000000, '1jc9sx1nk4j4mp691yac1y5sy4');
INSERT INTO public.purchases_dailystat (id, day, figure, key, count, amount, contest_id) VALUES (20, '2026-03-05', 'rule', 'rule_1jc9sx1nk4mhbtmc8havg5bbrw', 1, 10.0000000000, '1jc9sx1nk4j4mp691yac1y5sy4');
INSERT INTO public.purchases_dailystat (id, day, figure, key, count, amount, contest_id) VALUES (21, '2026-03-05', 'ledger', 'earned', 1, 10.0000000000, '1jc9sx1nk4j4mp691yac1y5sy4');
INSERT INTO public.purchases_dailystat (id, day, figure, key, count, amount, contest_id) VALUES (22, '2026-03-05', 'entries', '', 1, 0.0000000000, '1jc9sx1nk4j4mp691yac1y5sy4');
INSERT INTO public.purchases_dailystat (id, day, figure, key, count, amount, contest_id) VALUES (23, '2026-03-03', 'purchases', '', 9, 130.0000000000, '1jc0wxhanh920w71nvrk6p2fhg');
INSERT INTO public.purchases_dailystat (id, day, figure, key, count, amount, contest_id) VALUES (24, '2026-03-03', 'rule_set', 'rules_1jc2bvjgkkd82917zmjxn8mgzf', 9, 130.0000000000, '1jc0wxhanh920w71nvrk6p2fhg');
INSERT INTO public.purchases_dailystat (id, day, figure, key, count, amount, contest_id) VALUES (25, '2026-03-03', 'revenue', 'EUR', 0, -80.0000000000, '1jc0wxhanh920w71nvrk6p2fhg');
INSERT INTO public.purchases_dailystat (id, day, figure, key, count, amount, contest_id) VALUES (26, '2026-03-03', 'revenue', 'USD', 9, -364.5000000000, '1jc0wxhanh920w71nvrk6p2fhg');
INSERT INTO public.purchases_dailystat (id, day, figure, key, count, amount, contest_id) VALUES (27, '2026-03-03', 'rule', 'rule_1jc2bvjgkk86sffj42ygg2sj18', 4, 30.5000000000, '1jc0wxhanh920w71nvrk6p2fhg');
INSERT INTO public.purchases_dailystat (id, day, figure, key, count, amount, contest_id) VALUES (28, '2026-03-03', 'rule', 'rule_1jc2bvjgkka2edqhwsp091pa00', 1, 100.0000000000, '1jc0wxhanh920w71nvrk6p2fhg');
INSERT INTO public.purchases_dailystat (id, day, figure, key, count, amount, contest_id) VALUES (29, '2026-03-03', 'ledger', 'earned', 3, 130.0000000000, '1jc0wxhanh920w71nvrk6p2fhg');
INSERT INTO public.purchases_dailystat (id, day, figure, key, count, amount, contest_id) VALUES (30, '2026-03-03', 'ledger', 'moved_in', 1, 26.0000000000, '1jc0wxhanh920w71nvrk6p2fhg');
INSERT INTO public.purchases_dailystat (id, day, figure, key, count, amount, contest_id) VALUES (31, '2026-03-03', 'ledger', 'moved_out', 1, -26.0000000000, '1jc0wxhanh920w71nvrk6p2fhg');
INSERT INTO public.purchases_dailystat (id, day, figure, key, count, amount, contest_id) VALUES (32, '2026-03-03', 'ledger', 'refunded', 4, -434.0000000000, '1jc0wxhanh920w71nvrk6p2fhg');
INSERT INTO public.purchases_dailystat (id, day, figure, key, count, amount, contest_id) VALUES (33, '2026-03-03', 'ledger', 'voided', 4, -410.0000000000, '1jc0wxhanh920w71nvrk6p2fhg');
INSERT INTO public.purchases_dailystat (id, day, figure, key, count, amount, contest_id) VALUES (34, '2026-03-03', 'entries', '', 1, 0.0000000000, '1jc0wxhanh920w71nvrk6p2fhg');
INSERT INTO public.purchases_dailystat (id, day, figure, key, count, amount, contest_id) VALUES (35, '2026-03-04', 'purchases', '', 2, 45.0000000000, '1jc0wxhanh920w71nvrk6p2fhg');
INSERT INTO public.purchases_dailystat (id, day, figure, key, count, amount, contest_id) VALUES (36, '2026-03-04', 'rule_set', 'rules_1jc2bvjgkkd82917zmjxn8mgzf', 2, 45.0000000000, '1jc0wxhanh920w71nvrk6p2fhg');
INSERT INTO public.purchases_dailystat (id, day, figure, key, count, amount, contest_id) VALUES (37, '2026-03-04', 'revenue', 'USD', 2, 40.0000000000, '1jc0wxhanh920w71nvrk6p2fhg');
INSERT INTO public.purchases_dailystat (id, day, figure, key, count, amount, contest_id) VALUES (38, '2026-03-04', 'rule', 'rule_1jc2bvjgkk86sffj42ygg2sj18', 2, 45.0000000000, '1jc0wxhanh920w71nvrk6p2fhg');
INSERT INTO public.purchases_dailystat (id, day, figure, key, count, amount, contest_id) VALUES (39, '2026-03-04', 'ledger', 'adjusted', 2, 100.0000000000, '1jc0wxhanh920w71nvrk6p2fhg');
INSERT INTO public.purchases_dailystat (id, day, figure, key, count, amount, contest_id) VALUES (40, '2026-03-04', 'ledger', 'earned', 2, 45.0000000000, '1jc0wxhanh920w71nvrk6p2fhg');
INSERT INTO public.purchases_dailystat (id, day, figure, key, count, amount, contest_id) VALUES (41, '2026-03-04', 'ledger', 'refunded', 1, -5.0000000000, '1jc0wxhanh920w71nvrk6p2fhg');
INSERT INTO public.purchases_dailystat (id, day, figure, key, count, amount, contest_id) VALUES (42, '2026-03-04', 'entries', '', 1, 0.0000000000, '1jc0wxhanh920w71nvrk6p2fhg');
INSERT INTO public.purchases_dailystat (id, day, figure, key, count, amount, contest_id) VALUES (43, '2026-03-05', 'purchases', '', 2, 93.0000000000, '1jc0wxhanh920w71nvrk6p2fhg');
INSERT INTO public.purchases_dailystat (id, day, figure, key, count, amount, contest_id) VALUES (44, '2026-03-05', 'rule_set', 'rules_1jc92e12m2yswgwaqp845r7pjg', 2, 93.0000000000, '1jc0wxhanh920w71nvrk6p2fhg');
INSERT INTO public.purchases_dailystat (id, day, figure, key, count, amount, contest_id) VALUES (45, '2026-03-05', 'revenue', 'USD', 2, 40.8300000000, '1jc0wxhanh920w71nvrk6p2fhg');
INSERT INTO public.purchases_dailystat (id, day, figure, key, count, amount, contest_id) VALUES (46, '2026-03-05', 'rule', 'rule_1jc92e12kze99tc51ebfvrv6aj', 2, 86.6600000000, '1jc0wxhanh920w71nvrk6p2fhg');
INSERT INTO public.purchases_dailystat (id, day, figure, key, count, amount, contest_id) VALUES (47, '2026-03-05', 'rule', 'rule_1jc92e12m2x5zf93z7tccsft7k', 2, 6.0000000000, '1jc0wxhanh920w71nvrk6p2fhg');
INSERT INTO public.purchases_dailystat (id, day, figure, key, count, amount, contest_id) VALUES (48, '2026-03-05', 'ledger', 'adjusted', 2, -80.0000000000, '1jc0wxhanh920w71nvrk6p2fhg');
INSERT INTO public.purchases_dailystat (id, day, figure, key, count, amount, contest_id) VALUES (49, '2026-03-05', 'ledger', 'bonus', 3, 30.0000000000, '1jc0wxhanh920w71nvrk6p2fhg');
INSERT INTO public.purchases_dailystat (id, day, figure, key, count, amount, contest_id) VALUES (50, '2026-03-05', 'ledger', 'earned', 2, 93.0000000000, '1jc0wxhanh920w71nvrk6p2fhg');
INSERT INTO public.purchases_dailystat (id, day, figure, key, count, amount, contest_id) VALUES (51, '2026-03-05', 'ledger', 'recalculated', 32, -28.0000000000, '1jc0wxhanh920w71nvrk6p2fhg');
INSERT INTO public.purchases_dailystat (id, day, figure, key, count, amount, contest_id) VALUES (52, '2026-03-05', 'ledger', 'refunded', 1, -5.0000000000, '1jc0wxhanh920w71nvrk6p2fhg');
INSERT INTO public.purchases_dailystat (id, day, figure, key, count, amount, contest_id) VALUES (53, '2026-03-05', 'entries', '', 2, 0.0000000000, '1jc0wxhanh920w71nvrk6p2fhg');
INSERT INTO public.purchases_duplicatecount (id, day, times, contest_id, purchase_id) VALUES (1, '2026-03-02', 4, '1jc0wxhanh920w71nvrk6p2fhg', 'purchase_1jc1mchxmjsa9v7qt4mht6emvt');
INSERT INTO public.purchases_pendingrefund (id, order_id, order_key, refund_id, refund_key, amount, currency, reason, state, problem, is_dismissed, received_at, api_key_id, contest_id) VALUES ('refund_1jc64hypqs4x0srza9ha7qdq47', '#4001', '4001', 'r1', 'R1', 5.0000, '', 'Sent back', 'pending', '', false, '2026-03-04 11:30:00.000291+00', 'key_1jc0wxhanhkms0d0wyq42vdsq3', '1jc0wxhanh920w71nvrk6p2fhg');
INSERT INTO public.purchases_pendingrefund (id, order_id, order_key, refund_id, refund_key, amount, currency, reason, state, problem, is_dismissed, received_at, api_key_id, contest_id) VALUES ('refund_1jc64hypqs8mnzhv1d6h37aatw', '#4002', '4002', 'r1', 'R1', 5.0000, '', 'Sent back', 'applied', '', false, '2026-03-04 11:30:00.000295+00', 'key_1jc0wxhanhkms0d0wyq42vdsq3', '1jc0wxhanh920w71nvrk6p2fhg');
INSERT INTO public.purchases_pendingrefund (id, order_id, order_key, refund_id, refund_key, amount, currency, reason, state, problem, is_dismissed, received_at, api_key_id, contest_id) VALUES ('refund_1jc64hypqsnp54ry67nd7x4gg6', '#1002', '1002', 'r1', 'R1', 999.0000, 'USD', 'Sent back', 'refused', 'Only 10.00 USD of this order is left to refund.', false, '2026-03-04 11:30:00.000308+00', 'key_1jc0wxhanhkms0d0wyq42vdsq3', '1jc0wxhanh920w71nvrk6p2fhg');
INSERT INTO public.purchases_pendingrefund (id, order_id, order_key, refund_id, refund_key, amount, currency, reason, state, problem, is_dismissed, received_at, api_key_id, contest_id) VALUES ('refund_1jc64hypqsspe2mj96y1fj47fw', '#1002', '1002', 'in-euro', 'IN-EURO', 1.0000, 'EUR', 'Sent back', 'refused', 'The order is in USD; send the amount in USD, not in EUR.', true, '2026-03-04 11:30:00.000312+00', 'key_1jc0wxhanhkms0d0wyq42vdsq3', '1jc0wxhanh920w71nvrk6p2fhg');
INSERT INTO public.purchases_pendingrefund (id, order_id, order_key, refund_id, refund_key, amount, currency, reason, state, problem, is_dismissed, received_at, api_key_id, contest_id) VALUES ('refund_1jc64hypqsykcyb1yx44frstbt', '#1002', '1002', 'r9', 'R9', NULL, '', '', 'refused', 'The amount must be a JSON number.', false, '2026-03-04 11:30:00.000315+00', 'key_1jc0wxhanhkms0d0wyq42vdsq3', '1jc0wxhanh920w71nvrk6p2fhg');
INSERT INTO public.purchases_purchase (id, order_id, order_key, email, email_key, amount, currency, purchased_at, status, points_awarded, points_now, points_at_void, refunded_amount, import_undone_at, scoring, duplicates, last_duplicate_at, last_differences, created_at, api_key_id, contest_id, entry_id, rule_set_id, source_import_id, recalculated_award_id) VALUES ('purchase_1jc1mchxmjsa9v7qt4mht6emvt', '#1001', '1001', 'ada@example.com', 'ada@example.com', 49.9900, 'USD', '2026-03-02 16:30:00.000088+00', 'recorded', 50, 50, NULL, 0.0000, NULL, '{"v": 1, "first": true, "parts": {"rule_1jc0wxhanhbfv1wbzbh50mrd1w": 49.99}, "status": "active"}', 4, '2026-03-02 16:30:00.000094+00', '{"amount": {"received": 94.99, "recorded": 49.99}}', '2026-03-02 16:30:00.000088+00', 'key_1jc0wxhanhkms0d0wyq42vdsq3', '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', 'rules_1jc0wxhanhcf3q64ermf1cwvt4', NULL, NULL);
INSERT INTO public.purchases_purchase (id, order_id, order_key, email, email_key, amount, currency, purchased_at, status, points_awarded, points_now, points_at_void, refunded_amount, import_undone_at, scoring, duplicates, last_duplicate_at, last_differences, created_at, api_key_id, contest_id, entry_id, rule_set_id, source_import_id, recalculated_award_id) VALUES ('purchase_1jc2bvjgkkj16xkf0xjzgf79zf', '#1003', '1003', 'grace@example.com', 'grace@example.com', 80.0000, 'EUR', '2026-03-02 23:30:00.000113+00', 'refunded', 392, 0, NULL, 80.0000, NULL, '{"v": 1, "first": true, "parts": {"rule_1jc2bvjgkk86sffj42ygg2sj18": 80.00, "rule_1jc2bvjgkk99sgr98a0fg260sx": 205.000, "rule_1jc2bvjgkka2edqhwsp091pa00": 100.00, "rule_1jc2bvjgkkby1ynk0h1s7q7zcm": 7.00}, "status": "active"}', 0, NULL, NULL, '2026-03-02 23:30:00.000113+00', 'key_1jc0wxhanhkms0d0wyq42vdsq3', '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc2bvjgkk23f449yy44r26p0c', 'rules_1jc2bvjgkkd82917zmjxn8mgzf', NULL, NULL);
INSERT INTO public.purchases_purchase (id, order_id, order_key, email, email_key, amount, currency, purchased_at, status, points_awarded, points_now, points_at_void, refunded_amount, import_undone_at, scoring, duplicates, last_duplicate_at, last_differences, created_at, api_key_id, contest_id, entry_id, rule_set_id, source_import_id, recalculated_award_id) VALUES ('purchase_1jc2bvjgkkrz5dxc70cvf2dsjn', '#1005', '1005', 'ada@example.com', 'ada@example.com', 450.0000, 'USD', '2026-03-02 23:30:00.000119+00', 'voided', 400, 0, 400, 0.0000, NULL, '{"v": 1, "parts": {"rule_1jc2bvjgkk86sffj42ygg2sj18": 450.00}, "before": 60, "status": "active"}', 0, NULL, NULL, '2026-03-02 23:30:00.000119+00', 'key_1jc0wxhanhkms0d0wyq42vdsq3', '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', 'rules_1jc2bvjgkkd82917zmjxn8mgzf', NULL, NULL);
INSERT INTO public.purchases_purchase (id, order_id, order_key, email, email_key, amount, currency, purchased_at, status, points_awarded, points_now, points_at_void, refunded_amount, import_undone_at, scoring, duplicates, last_duplicate_at, last_differences, created_at, api_key_id, contest_id, entry_id, rule_set_id, source_import_id, recalculated_award_id) VALUES ('purchase_1jc4nkxgsqdq7mqa97rfpf8q6b', '#2003', '2003', 'grace@mistyped.example', 'grace@mistyped.example', 10.0000, 'USD', '2026-03-03 21:30:00.000232+00', 'voided', 10, 0, 10, 0.0000, NULL, '{"v": 1, "parts": {"rule_1jc2bvjgkk86sffj42ygg2sj18": 10.00}, "before": 636, "status": "active"}', 0, NULL, NULL, '2026-03-03 21:30:00.000236+00', 'key_1jc0wxhanhkms0d0wyq42vdsq3', '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', 'rules_1jc2bvjgkkd82917zmjxn8mgzf', NULL, NULL);
INSERT INTO public.purchases_purchase (id, order_id, order_key, email, email_key, amount, currency, purchased_at, status, points_awarded, points_now, points_at_void, refunded_amount, import_undone_at, scoring, duplicates, last_duplicate_at, last_differences, created_at, api_key_id, contest_id, entry_id, rule_set_id, source_import_id, recalculated_award_id) VALUES ('purchase_1jc8az0fmwhmrzje4qp2wpsgkt', '#0002', '0002', 'ada@example.com', 'ada@example.com', 40.0000, 'USD', '2025-11-20 17:00:00+00', 'recorded', 40, 40, NULL, 0.0000, NULL, '{"v": 1}', 0, NULL, NULL, '2026-03-05 08:30:00.000399+00', NULL, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', NULL, 'import_1jc8az0fmw33ewz07qa54bena1', NULL);
INSERT INTO public.purchases_purchase (id, order_id, order_key, email, email_key, amount, currency, purchased_at, status, points_awarded, points_now, points_at_void, refunded_amount, import_undone_at, scoring, duplicates, last_duplicate_at, last_differences, created_at, api_key_id, contest_id, entry_id, rule_set_id, source_import_id, recalculated_award_id) VALUES ('purchase_1jc8az0fmx9nvvpawjrf47gt7t', '#0003', '0003', 'ada@example.com', 'ada@example.com', 40.0000, 'USD', '2025-11-20 17:00:00+00', 'recorded', 40, 40, NULL, 0.0000, NULL, '{"v": 1, "added": true}', 0, NULL, NULL, '2026-03-05 08:30:00.000424+00', NULL, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', NULL, 'import_1jc8az0fmwx00n5q9mtt3m9my0', NULL);
INSERT INTO public.purchases_purchase (id, order_id, order_key, email, email_key, amount, currency, purchased_at, status, points_awarded, points_now, points_at_void, refunded_amount, import_undone_at, scoring, duplicates, last_duplicate_at, last_differences, created_at, api_key_id, contest_id, entry_id, rule_set_id, source_import_id, recalculated_award_id) VALUES ('purchase_1jc8az0fmxwthbt4mpsqgv9ab0', '#0004', '0004', 'ada@example.com', 'ada@example.com', 40.0000, 'USD', '2025-11-20 17:00:00+00', 'voided', 40, 0, 40, 0.0000, '2026-03-05 08:30:00.00046+00', '{"v": 1, "added": true}', 0, NULL, NULL, '2026-03-05 08:30:00.000443+00', NULL, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', NULL, 'import_1jc8az0fmxfc2ynxe06ejwv5f7', NULL);
INSERT INTO public.purchases_purchase (id, order_id, order_key, email, email_key, amount, currency, purchased_at, status, points_awarded, points_now, points_at_void, refunded_amount, import_undone_at, scoring, duplicates, last_duplicate_at, last_differences, created_at, api_key_id, contest_id, entry_id, rule_set_id, source_import_id, recalculated_award_id) VALUES ('purchase_1jc8az0fmxx6br5kj9vtx7e9d3', '#0005', '0005', 'ada@example.com', 'ada@example.com', 40.0000, 'USD', '2025-11-20 17:00:00+00', 'recorded', 40, 40, NULL, 0.0000, NULL, '{"v": 1, "added": true}', 0, NULL, NULL, '2026-03-05 08:30:00.000443+00', NULL, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', NULL, 'import_1jc8az0fmynnpg1sn30p3b8vr1', NULL);
INSERT INTO public.purchases_purchase (id, order_id, order_key, email, email_key, amount, currency, purchased_at, status, points_awarded, points_now, points_at_void, refunded_amount, import_undone_at, scoring, duplicates, last_duplicate_at, last_differences, created_at, api_key_id, contest_id, entry_id, rule_set_id, source_import_id, recalculated_award_id) VALUES ('purchase_1jc8az0fmwgrbas1czhzvgda1j', '#0001', '0001', 'ada@example.com', 'ada@example.com', 40.0000, 'USD', '2025-11-20 17:00:00+00', 'partially_refunded', 40, 30, NULL, 10.0000, NULL, '{"v": 1}', 0, NULL, NULL, '2026-03-05 08:30:00.000399+00', NULL, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', NULL, 'import_1jc8az0fmw33ewz07qa54bena1', NULL);
INSERT INTO public.purchases_purchase (id, order_id, order_key, email, email_key, amount, currency, purchased_at, status, points_awarded, points_now, points_at_void, refunded_amount, import_undone_at, scoring, duplicates, last_duplicate_at, last_differences, created_at, api_key_id, contest_id, entry_id, rule_set_id, source_import_id, recalculated_award_id) VALUES ('purchase_1jc1mchxmk0cbmzqwe3830stk3', '#1002', '1002', 'ada@example.com', 'ada@example.com', 10.0000, 'USD', '2026-02-27 16:30:00.000094+00', 'recorded', 10, 10, NULL, 0.0000, NULL, '{"v": 1, "parts": {"rule_1jc0wxhanhbfv1wbzbh50mrd1w": 10.00}, "status": "active"}', 0, NULL, NULL, '2026-03-02 16:30:00.000095+00', 'key_1jc0wxhanhkms0d0wyq42vdsq3', '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', 'rules_1jc0wxhanhcf3q64ermf1cwvt4', NULL, NULL);
INSERT INTO public.purchases_purchase (id, order_id, order_key, email, email_key, amount, currency, purchased_at, status, points_awarded, points_now, points_at_void, refunded_amount, import_undone_at, scoring, duplicates, last_duplicate_at, last_differences, created_at, api_key_id, contest_id, entry_id, rule_set_id, source_import_id, recalculated_award_id) VALUES ('purchase_1jc2bvjgkknj7yd6xe57v55m08', '#1004', '1004', 'grace@example.com', 'grace@example.com', 60.9900, 'USD', '2026-03-02 23:30:00.000116+00', 'partially_refunded', 67, 30, NULL, 30.0000, NULL, '{"v": 1, "parts": {"rule_1jc2bvjgkk86sffj42ygg2sj18": 60.99, "rule_1jc2bvjgkkby1ynk0h1s7q7zcm": 7.00}, "before": 392, "status": "active"}', 0, NULL, NULL, '2026-03-02 23:30:00.000116+00', 'key_1jc0wxhanhkms0d0wyq42vdsq3', '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc2bvjgkk23f449yy44r26p0c', 'rules_1jc2bvjgkkd82917zmjxn8mgzf', NULL, NULL);
INSERT INTO public.purchases_purchase (id, order_id, order_key, email, email_key, amount, currency, purchased_at, status, points_awarded, points_now, points_at_void, refunded_amount, import_undone_at, scoring, duplicates, last_duplicate_at, last_differences, created_at, api_key_id, contest_id, entry_id, rule_set_id, source_import_id, recalculated_award_id) VALUES ('purchase_1jc2bvjgkkvc30k54m1t14b368', '#1006', '1006', 'ada@example.com', 'ada@example.com', 350.0000, 'USD', '2026-03-02 23:30:00.000122+00', 'recorded', 350, 350, NULL, 0.0000, NULL, '{"v": 1, "parts": {"rule_1jc2bvjgkk86sffj42ygg2sj18": 350.00}, "before": 460, "status": "active"}', 0, NULL, NULL, '2026-03-02 23:30:00.000122+00', 'key_1jc0wxhanhkms0d0wyq42vdsq3', '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', 'rules_1jc2bvjgkkd82917zmjxn8mgzf', NULL, NULL);
INSERT INTO public.purchases_purchase (id, order_id, order_key, email, email_key, amount, currency, purchased_at, status, points_awarded, points_now, points_at_void, refunded_amount, import_undone_at, scoring, duplicates, last_duplicate_at, last_differences, created_at, api_key_id, contest_id, entry_id, rule_set_id, source_import_id, recalculated_award_id) VALUES ('purchase_1jc2bvjgkkynj95j9nfmtaskbr', '#1007', '1007', 'ada@example.com', 'ada@example.com', 300.0000, 'USD', '2026-03-02 23:30:00.000125+00', 'recorded', 190, 190, NULL, 0.0000, NULL, '{"v": 1, "parts": {"rule_1jc2bvjgkk86sffj42ygg2sj18": 300.00}, "before": 810, "status": "active"}', 0, NULL, NULL, '2026-03-02 23:30:00.000125+00', 'key_1jc0wxhanhkms0d0wyq42vdsq3', '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', 'rules_1jc2bvjgkkd82917zmjxn8mgzf', NULL, NULL);
INSERT INTO public.purchases_purchase (id, order_id, order_key, email, email_key, amount, currency, purchased_at, status, points_awarded, points_now, points_at_void, refunded_amount, import_undone_at, scoring, duplicates, last_duplicate_at, last_differences, created_at, api_key_id, contest_id, entry_id, rule_set_id, source_import_id, recalculated_award_id) VALUES ('purchase_1jc2bvjgkm13aqw2njxmrv3gky', '#1008', '1008', 'grace@example.com', 'grace@example.com', 1500.0000, 'JPY', '2026-03-02 23:30:00.000128+00', 'recorded', 400, 400, NULL, 0.0000, NULL, '{"v": 1, "parts": {"rule_1jc2bvjgkk86sffj42ygg2sj18": 1500}, "before": 459, "status": "active"}', 0, NULL, NULL, '2026-03-02 23:30:00.000128+00', 'key_1jc0wxhanhkms0d0wyq42vdsq3', '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc2bvjgkk23f449yy44r26p0c', 'rules_1jc2bvjgkkd82917zmjxn8mgzf', NULL, NULL);
INSERT INTO public.purchases_purchase (id, order_id, order_key, email, email_key, amount, currency, purchased_at, status, points_awarded, points_now, points_at_void, refunded_amount, import_undone_at, scoring, duplicates, last_duplicate_at, last_differences, created_at, api_key_id, contest_id, entry_id, rule_set_id, source_import_id, recalculated_award_id) VALUES ('purchase_1jc2bvjgkm4fzr239e615wpts2', '#1009', '1009', 'grace@example.com', 'grace@example.com', 12.3450, 'KWD', '2026-03-02 23:30:00.000131+00', 'recorded', 12, 12, NULL, 0.0000, NULL, '{"v": 1, "parts": {"rule_1jc2bvjgkk86sffj42ygg2sj18": 12.345}, "before": 859, "status": "active"}', 0, NULL, NULL, '2026-03-02 23:30:00.000131+00', 'key_1jc0wxhanhkms0d0wyq42vdsq3', '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc2bvjgkk23f449yy44r26p0c', 'rules_1jc2bvjgkkd82917zmjxn8mgzf', NULL, NULL);
INSERT INTO public.purchases_purchase (id, order_id, order_key, email, email_key, amount, currency, purchased_at, status, points_awarded, points_now, points_at_void, refunded_amount, import_undone_at, scoring, duplicates, last_duplicate_at, last_differences, created_at, api_key_id, contest_id, entry_id, rule_set_id, source_import_id, recalculated_award_id) VALUES ('purchase_1jc2bvjgkm7ws6dzp0gvfj55jg', '#1010', '1010', 'grace@example.com', 'grace@example.com', 25.0000, 'USD', '2026-03-02 23:30:00.000134+00', 'partially_refunded', 25, 20, NULL, 5.0000, NULL, '{"v": 1, "parts": {"rule_1jc2bvjgkk86sffj42ygg2sj18": 25.00}, "before": 871, "status": "active"}', 0, NULL, NULL, '2026-03-02 23:30:00.000134+00', 'key_1jc0wxhanhkms0d0wyq42vdsq3', '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc2bvjgkk23f449yy44r26p0c', 'rules_1jc2bvjgkkd82917zmjxn8mgzf', NULL, NULL);
INSERT INTO public.purchases_purchase (id, order_id, order_key, email, email_key, amount, currency, purchased_at, status, points_awarded, points_now, points_at_void, refunded_amount, import_undone_at, scoring, duplicates, last_duplicate_at, last_differences, created_at, api_key_id, contest_id, entry_id, rule_set_id, source_import_id, recalculated_award_id) VALUES ('purchase_1jc2bvjgkmaafxq1w75mspp6j5', '#1011', '1011', 'grace@example.com', 'grace@example.com', 26.0000, 'USD', '2026-03-02 23:30:00.000137+00', 'recorded', 26, 26, NULL, 0.0000, NULL, '{"v": 1, "parts": {"rule_1jc2bvjgkk86sffj42ygg2sj18": 26.00}, "before": 896, "status": "active"}', 0, NULL, NULL, '2026-03-02 23:30:00.000137+00', 'key_1jc0wxhanhkms0d0wyq42vdsq3', '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', 'rules_1jc2bvjgkkd82917zmjxn8mgzf', NULL, NULL);
INSERT INTO public.purchases_purchase (id, order_id, order_key, email, email_key, amount, currency, purchased_at, status, points_awarded, points_now, points_at_void, refunded_amount, import_undone_at, scoring, duplicates, last_duplicate_at, last_differences, created_at, api_key_id, contest_id, entry_id, rule_set_id, source_import_id, recalculated_award_id) VALUES ('purchase_1jc33ak3jmdav2565xp745y3a6', '#1101', '1101', 'ada@example.com', 'ada@example.com', 20.0000, 'USD', '2026-03-03 06:30:00.00014+00', 'recorded', 0, 0, NULL, 0.0000, NULL, '{"v": 1, "before": 1000, "status": "paused"}', 0, NULL, NULL, '2026-03-03 06:30:00.00014+00', 'key_1jc0wxhanhkms0d0wyq42vdsq3', '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', 'rules_1jc2bvjgkkd82917zmjxn8mgzf', NULL, NULL);
INSERT INTO public.purchases_purchase (id, order_id, order_key, email, email_key, amount, currency, purchased_at, status, points_awarded, points_now, points_at_void, refunded_amount, import_undone_at, scoring, duplicates, last_duplicate_at, last_differences, created_at, api_key_id, contest_id, entry_id, rule_set_id, source_import_id, recalculated_award_id) VALUES ('purchase_1jc33ak3jmgtshhbg17tpaj5ks', '#1102', '1102', 'ada@example.com', 'ada@example.com', 20.0000, 'USD', '2026-03-03 06:30:00.000143+00', 'recorded', 0, 0, NULL, 0.0000, NULL, '{"v": 1, "before": 1000, "status": "active", "tracking": false}', 0, NULL, NULL, '2026-03-03 06:30:00.000143+00', 'key_1jc0wxhanhkms0d0wyq42vdsq3', '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', 'rules_1jc2bvjgkkd82917zmjxn8mgzf', NULL, NULL);
INSERT INTO public.purchases_purchase (id, order_id, order_key, email, email_key, amount, currency, purchased_at, status, points_awarded, points_now, points_at_void, refunded_amount, import_undone_at, scoring, duplicates, last_duplicate_at, last_differences, created_at, api_key_id, contest_id, entry_id, rule_set_id, source_import_id, recalculated_award_id) VALUES ('purchase_1jc33ak3jmkw7ym68b59c0d2mx', '#1103', '1103', 'ada@example.com', 'ada@example.com', 20.0000, 'USD', '2026-03-03 06:30:00.000146+00', 'recorded', 0, 0, NULL, 0.0000, NULL, '{"v": 1, "before": 1000, "starts": "2026-03-04T06:30:00.000139Z", "status": "active"}', 0, NULL, NULL, '2026-03-03 06:30:00.000146+00', 'key_1jc0wxhanhkms0d0wyq42vdsq3', '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', 'rules_1jc2bvjgkkd82917zmjxn8mgzf', NULL, NULL);
INSERT INTO public.purchases_purchase (id, order_id, order_key, email, email_key, amount, currency, purchased_at, status, points_awarded, points_now, points_at_void, refunded_amount, import_undone_at, scoring, duplicates, last_duplicate_at, last_differences, created_at, api_key_id, contest_id, entry_id, rule_set_id, source_import_id, recalculated_award_id) VALUES ('purchase_1jc33ak3jmpzhc963jrsy0g6xq', '#1104', '1104', 'ada@example.com', 'ada@example.com', 20.0000, 'USD', '2026-03-03 06:30:00.000149+00', 'recorded', 0, 0, NULL, 0.0000, NULL, '{"v": 1, "ends": "2026-03-03T06:30:00.000139Z", "before": 1000, "status": "active"}', 0, NULL, NULL, '2026-03-03 06:30:00.000149+00', 'key_1jc0wxhanhkms0d0wyq42vdsq3', '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', 'rules_1jc2bvjgkkd82917zmjxn8mgzf', NULL, NULL);
INSERT INTO public.purchases_purchase (id, order_id, order_key, email, email_key, amount, currency, purchased_at, status, points_awarded, points_now, points_at_void, refunded_amount, import_undone_at, scoring, duplicates, last_duplicate_at, last_differences, created_at, api_key_id, contest_id, entry_id, rule_set_id, source_import_id, recalculated_award_id) VALUES ('purchase_1jc33ak3jms2pgmnxf6pwvg5hn', '#1105', '1105', 'linus@example.com', 'linus@example.com', 20.0000, 'USD', '2026-03-03 06:30:00.000152+00', 'recorded', 0, 0, NULL, 0.0000, NULL, '{"v": 1, "first": true, "status": "active", "disqualified": true}', 0, NULL, NULL, '2026-03-03 06:30:00.000152+00', 'key_1jc0wxhanhkms0d0wyq42vdsq3', '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc2bvjgkk5g6b8r88shs1en7f', 'rules_1jc2bvjgkkd82917zmjxn8mgzf', NULL, NULL);
INSERT INTO public.purchases_purchase (id, order_id, order_key, email, email_key, amount, currency, purchased_at, status, points_awarded, points_now, points_at_void, refunded_amount, import_undone_at, scoring, duplicates, last_duplicate_at, last_differences, created_at, api_key_id, contest_id, entry_id, rule_set_id, source_import_id, recalculated_award_id) VALUES ('purchase_1jc33ak3jmw6t8kj0c9qmkczps', '#1106', '1106', 'grace@example.com', 'grace@example.com', 0.5000, 'USD', '2026-03-03 06:30:00.000155+00', 'recorded', 0, 0, NULL, 0.0000, NULL, '{"v": 1, "parts": {"rule_1jc2bvjgkk86sffj42ygg2sj18": 0.50}, "before": 922, "status": "active"}', 0, NULL, NULL, '2026-03-03 06:30:00.000155+00', 'key_1jc0wxhanhkms0d0wyq42vdsq3', '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc2bvjgkk23f449yy44r26p0c', 'rules_1jc2bvjgkkd82917zmjxn8mgzf', NULL, NULL);
INSERT INTO public.purchases_purchase (id, order_id, order_key, email, email_key, amount, currency, purchased_at, status, points_awarded, points_now, points_at_void, refunded_amount, import_undone_at, scoring, duplicates, last_duplicate_at, last_differences, created_at, api_key_id, contest_id, entry_id, rule_set_id, source_import_id, recalculated_award_id) VALUES ('purchase_1jc4nkxgspzyvyj9yv91qp5sht', '#2001', '2001', 'early@example.com', 'early@example.com', 10.0000, 'USD', '2026-03-03 20:30:00.000213+00', 'recorded', 110, 23, NULL, 0.0000, NULL, '{"v": 1, "first": true, "parts": {"rule_1jc2bvjgkk86sffj42ygg2sj18": 10.00, "rule_1jc2bvjgkka2edqhwsp091pa00": 100.00}, "status": "active"}', 0, NULL, NULL, '2026-03-03 21:30:00.000222+00', 'key_1jc0wxhanhkms0d0wyq42vdsq3', '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc4nkxgspstdhtxtvfhmxts4k', 'rules_1jc2bvjgkkd82917zmjxn8mgzf', NULL, 'award_1jc92e12m3bn6nfajtw5rkkfph');
INSERT INTO public.purchases_purchase (id, order_id, order_key, email, email_key, amount, currency, purchased_at, status, points_awarded, points_now, points_at_void, refunded_amount, import_undone_at, scoring, duplicates, last_duplicate_at, last_differences, created_at, api_key_id, contest_id, entry_id, rule_set_id, source_import_id, recalculated_award_id) VALUES ('purchase_1jc5d2y3rrznz7xf8e0n81zhqm', '#3004', '3004', 'ada@example.com', 'ada@example.com', 30.0000, 'USD', '2026-03-04 04:30:00.000283+00', 'recorded', 30, 63, NULL, 0.0000, NULL, '{"v": 1, "parts": {"rule_1jc2bvjgkk86sffj42ygg2sj18": 30.00}, "before": 636, "status": "active"}', 0, NULL, NULL, '2026-03-04 04:30:00.000286+00', NULL, '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', 'rules_1jc2bvjgkkd82917zmjxn8mgzf', NULL, 'award_1jc92e12m3d5gv2m57hpeftwbx');
INSERT INTO public.purchases_purchase (id, order_id, order_key, email, email_key, amount, currency, purchased_at, status, points_awarded, points_now, points_at_void, refunded_amount, import_undone_at, scoring, duplicates, last_duplicate_at, last_differences, created_at, api_key_id, contest_id, entry_id, rule_set_id, source_import_id, recalculated_award_id) VALUES ('purchase_1jc4nkxgsq6a27m7andjv2r8me', '#2002', '2002', 'ada@mistyped.example', 'ada@mistyped.example', 10.0000, 'USD', '2026-03-03 21:30:00.000225+00', 'partially_refunded', 10, 18, NULL, 2.5000, NULL, '{"v": 1, "parts": {"rule_1jc2bvjgkk86sffj42ygg2sj18": 10.00}, "before": 626, "status": "active"}', 0, NULL, NULL, '2026-03-03 21:30:00.000229+00', 'key_1jc0wxhanhkms0d0wyq42vdsq3', '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', 'rules_1jc2bvjgkkd82917zmjxn8mgzf', NULL, 'award_1jc92e12m3c3rmcjm2jvb7x3pf');
INSERT INTO public.purchases_purchase (id, order_id, order_key, email, email_key, amount, currency, purchased_at, status, points_awarded, points_now, points_at_void, refunded_amount, import_undone_at, scoring, duplicates, last_duplicate_at, last_differences, created_at, api_key_id, contest_id, entry_id, rule_set_id, source_import_id, recalculated_award_id) VALUES ('purchase_1jc64hypqsaxfgrnn95mw2y8f4', '#4002', '4002', 'ada@example.com', 'ada@example.com', 15.0000, 'USD', '2026-03-04 11:30:00.000297+00', 'partially_refunded', 15, 23, NULL, 5.0000, NULL, '{"v": 1, "parts": {"rule_1jc2bvjgkk86sffj42ygg2sj18": 15.00}, "before": 666, "status": "active"}', 0, NULL, NULL, '2026-03-04 11:30:00.000297+00', 'key_1jc0wxhanhkms0d0wyq42vdsq3', '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc0wxhanhgfkhg1sehgtvz69d', 'rules_1jc2bvjgkkd82917zmjxn8mgzf', NULL, 'award_1jc92e12m3ecs3hpa33wc6234z');
INSERT INTO public.purchases_purchase (id, order_id, order_key, email, email_key, amount, currency, purchased_at, status, points_awarded, points_now, points_at_void, refunded_amount, import_undone_at, scoring, duplicates, last_duplicate_at, last_differences, created_at, api_key_id, contest_id, entry_id, rule_set_id, source_import_id, recalculated_award_id) VALUES ('purchase_1jc92e12m43x31rsqetabzertb', '#5001', '5001', 'grace@example.com', 'grace@example.com', 33.3300, 'USD', '2026-03-05 15:30:00.000642+00', 'recorded', 70, 70, NULL, 0.0000, NULL, '{"v": 1, "parts": {"rule_1jc92e12kze99tc51ebfvrv6aj": 66.66, "rule_1jc92e12m2x5zf93z7tccsft7k": 3.00}, "status": "active"}', 0, NULL, NULL, '2026-03-05 15:30:00.000642+00', 'key_1jc0wxhanhkms0d0wyq42vdsq3', '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc2bvjgkk23f449yy44r26p0c', 'rules_1jc92e12m2yswgwaqp845r7pjg', NULL, NULL);
INSERT INTO public.purchases_purchase (id, order_id, order_key, email, email_key, amount, currency, purchased_at, status, points_awarded, points_now, points_at_void, refunded_amount, import_undone_at, scoring, duplicates, last_duplicate_at, last_differences, created_at, api_key_id, contest_id, entry_id, rule_set_id, source_import_id, recalculated_award_id) VALUES ('purchase_1jc92e12m46sgg7wg7j45x9w4h', '#5002', '5002', 'grace@example.com', 'grace@example.com', 10.0000, 'USD', '2026-03-05 15:30:00.000645+00', 'recorded', 23, 23, NULL, 0.0000, NULL, '{"v": 1, "parts": {"rule_1jc92e12kze99tc51ebfvrv6aj": 20.00, "rule_1jc92e12m2x5zf93z7tccsft7k": 3.00}, "status": "active"}', 0, NULL, NULL, '2026-03-05 15:30:00.000645+00', 'key_1jc0wxhanhkms0d0wyq42vdsq3', '1jc0wxhanh920w71nvrk6p2fhg', 'entry_1jc2bvjgkk23f449yy44r26p0c', 'rules_1jc92e12m2yswgwaqp845r7pjg', NULL, NULL);
INSERT INTO public.purchases_purchase (id, order_id, order_key, email, email_key, amount, currency, purchased_at, status, points_awarded, points_now, points_at_void, refunded_amount, import_undone_at, scoring, duplicates, last_duplicate_at, last_differences, created_at, api_key_id, contest_id, entry_id, rule_set_id, source_import_id, recalculated_award_id) VALUES ('purchase_1jc9sx1nk4xfzge4jb5wrap71e', '#1001', '1001', 'ada@example.com', 'ada@example.com', 10.0000, 'USD', '2026-03-05 22:30:00.000668+00', 'recorded', 10, 10, NULL, 0.0000, NULL, '{"v": 1, "first": true, "parts": {"rule_1jc9sx1nk4mhbtmc8havg5bbrw": 10.00}, "status": "active"}', 0, NULL, NULL, '2026-03-05 22:30:00.000668+00', 'key_1jc0wxhanhkms0d0wyq42vdsq3', '1jc9sx1nk4j4mp691yac1y5sy4', 'entry_1jc9sx1nk4stwadwwe7sv7ztak', 'rules_1jc9sx1nk4nc4s14rhxm79ysaf', NULL, NULL);
INSERT INTO public.purchases_purchaseimport (id, file_name, state, content, encoding, unread_columns, row_count, counts, created_at, rows_deleted_at, adds_points, day_first, rows_without_zone, actor_id, contest_id, job_id) VALUES ('import_1jc8az0fmw33ewz07qa54bena1', 'included.csv', 'imported', '\x', 'UTF-8', '[]', 3, '{"imported": 2, "no_entry": 1}', '2026-03-05 08:30:00.000388+00', NULL, false, NULL, 0, 1, '1jc0wxhanh920w71nvrk6p2fhg', 'job_1jc8az0fmwaqx93fhmxcf3kvwe');
INSERT INTO public.purchases_purchaseimport (id, file_name, state, content, encoding, unread_columns, row_count, counts, created_at, rows_deleted_at, adds_points, day_first, rows_without_zone, actor_id, contest_id, job_id) VALUES ('import_1jc8az0fmwx00n5q9mtt3m9my0', 'added.csv', 'imported', '\x', 'UTF-8', '[]', 2, '{"imported": 1, "no_entry": 1}', '2026-03-05 08:30:00.000414+00', NULL, true, NULL, 0, 1, '1jc0wxhanh920w71nvrk6p2fhg', 'job_1jc8az0fmx39r5k9wb2dshbpb9');
INSERT INTO public.purchases_purchaseimport (id, file_name, state, content, encoding, unread_columns, row_count, counts, created_at, rows_deleted_at, adds_points, day_first, rows_without_zone, actor_id, contest_id, job_id) VALUES ('import_1jc8az0fmxfc2ynxe06ejwv5f7', 'undone.csv', 'undone', '\x', 'UTF-8', '[]', 3, '{"undone": 2, "no_entry": 1}', '2026-03-05 08:30:00.000432+00', NULL, true, NULL, 0, 1, '1jc0wxhanh920w71nvrk6p2fhg', 'job_1jc8az0fmy7zkfsmpf3tv4w5sf');
INSERT INTO public.purchases_purchaseimport (id, file_name, state, content, encoding, unread_columns, row_count, counts, created_at, rows_deleted_at, adds_points, day_first, rows_without_zone, actor_id, contest_id, job_id) VALUES ('import_1jc8az0fmynnpg1sn30p3b8vr1', 'again.csv', 'imported', '\x', 'UTF-8', '[]', 2, '{"imported": 1, "no_entry": 1}', '2026-03-05 08:30:00.00047+00', NULL, true, NULL, 0, 1, '1jc0wxhanh920w71nvrk6p2fhg', 'job_1jc8az0fmyvar6ffmsk3w6ct61');
INSERT INTO public.purchases_purchaseimportrow (id, line, "values", note, outcome, email_key, points, contest_id, purchase_id, purchase_import_id) VALUES (3, 4, '{"email": "nobody@example.com", "amount": "1", "points": "1", "currency": "USD", "order_id": "#0009", "purchased_at": "2025-11-20 18:00:00 +0100"}', 'Not imported. Import its entry first, then this file again.', 'no_entry', 'nobody@example.com', 1, '1jc0wxhanh920w71nvrk6p2fhg', NULL, 'import_1jc8az0fmw33ewz07qa54bena1');
INSERT INTO public.purchases_purchaseimportrow (id, line, "values", note, outcome, email_key, points, contest_id, purchase_id, purchase_import_id) VALUES (1, 2, '{"email": "ada@example.com", "amount": "40.00", "points": "40", "currency": "USD", "order_id": "#0001", "purchased_at": "2025-11-20 18:00:00 +0100"}', '', 'imported', 'ada@example.com', 40, '1jc0wxhanh920w71nvrk6p2fhg', 'purchase_1jc8az0fmwgrbas1czhzvgda1j', 'import_1jc8az0fmw33ewz07qa54bena1');
INSERT INTO public.purchases_purchaseimportrow (id, line, "values", note, outcome, email_key, points, contest_id, purchase_id, purchase_import_id) VALUES (2, 3, '{"email": "ada@example.com", "amount": "40.00", "points": "40", "currency": "USD", "order_id": "#0002", "purchased_at": "2025-11-20 18:00:00 +0100"}', '', 'imported', 'ada@example.com', 40, '1jc0wxhanh920w71nvrk6p2fhg', 'purchase_1jc8az0fmwhmrzje4qp2wpsgkt', 'import_1jc8az0fmw33ewz07qa54bena1');
INSERT INTO public.purchases_purchaseimportrow (id, line, "values", note, outcome, email_key, points, contest_id, purchase_id, purchase_import_id) VALUES (5, 3, '{"email": "nobody@example.com", "amount": "1", "points": "1", "currency": "USD", "order_id": "#0009", "purchased_at": "2025-11-20 18:00:00 +0100"}', 'Not imported. Import its entry first, then this file again.', 'no_entry', 'nobody@example.com', 1, '1jc0wxhanh920w71nvrk6p2fhg', NULL, 'import_1jc8az0fmwx00n5q9mtt3m9my0');
INSERT INTO public.purchases_purchaseimportrow (id, line, "values", note, outcome, email_key, points, contest_id, purchase_id, purchase_import_id) VALUES (4, 2, '{"email": "ada@example.com", "amount": "40.00", "points": "40", "currency": "USD", "order_id": "#0003", "purchased_at": "2025-11-20 18:00:00 +0100"}', '', 'imported', 'ada@example.com', 40, '1jc0wxhanh920w71nvrk6p2fhg', 'purchase_1jc8az0fmx9nvvpawjrf47gt7t', 'import_1jc8az0fmwx00n5q9mtt3m9my0');
INSERT INTO public.purchases_purchaseimportrow (id, line, "values", note, outcome, email_key, points, contest_id, purchase_id, purchase_import_id) VALUES (8, 4, '{"email": "nobody@example.com", "amount": "1", "points": "1", "currency": "USD", "order_id": "#0009", "purchased_at": "2025-11-20 18:00:00 +0100"}', 'Not imported. Import its entry first, then this file again.', 'no_entry', 'nobody@example.com', 1, '1jc0wxhanh920w71nvrk6p2fhg', NULL, 'import_1jc8az0fmxfc2ynxe06ejwv5f7');
INSERT INTO public.purchases_purchaseimportrow (id, line, "values", note, outcome, email_key, points, contest_id, purchase_id, purchase_import_id) VALUES (6, 2, '{"email": "ada@example.com", "amount": "40.00", "points": "40", "currency": "USD", "order_id": "#0004", "purchased_at": "2025-11-20 18:00:00 +0100"}', '', 'undone', 'ada@example.com', 40, '1jc0wxhanh920w71nvrk6p2fhg', 'purchase_1jc8az0fmxwthbt4mpsqgv9ab0', 'import_1jc8az0fmxfc2ynxe06ejwv5f7');
INSERT INTO public.purchases_purchaseimportrow (id, line, "values", note, outcome, email_key, points, contest_id, purchase_id, purchase_import_id) VALUES (7, 3, '{"email": "ada@example.com", "amount": "40.00", "points": "40", "currency": "USD", "order_id": "#0005", "purchased_at": "2025-11-20 18:00:00 +0100"}', '', 'undone', 'ada@example.com', 40, '1jc0wxhanh920w71nvrk6p2fhg', 'purchase_1jc8az0fmxx6br5kj9vtx7e9d3', 'import_1jc8az0fmxfc2ynxe06ejwv5f7');
INSERT INTO public.purchases_purchaseimportrow (id, line, "values", note, outcome, email_key, points, contest_id, purchase_id, purchase_import_id) VALUES (10, 3, '{"email": "nobody@example.com", "amount": "1", "points": "1", "currency": "USD", "order_id": "#0009", "purchased_at": "2025-11-20 18:00:00 +0100"}', 'Not imported. Import its entry first, then this file again.', 'no_entry', 'nobody@example.com', 1, '1jc0wxhanh920w71nvrk6p2fhg', NULL, 'import_1jc8az0fmynnpg1sn30p3b8vr1');
INSERT INTO public.purchases_purchaseimportrow (id, line, "values", note, outcome, email_key, points, contest_id, purchase_id, purchase_import_id) VALUES (9, 2, '{"email": "ada@example.com", "amount": "40.00", "points": "40", "currency": "USD", "order_id": "#0005", "purchased_at": "2025-11-20 18:00:00 +0100"}', 'Its import was undone; it is restored.', 'imported', 'ada@example.com', 40, '1jc0wxhanh920w71nvrk6p2fhg', 'purchase_1jc8az0fmxx6br5kj9vtx7e9d3', 'import_1jc8az0fmynnpg1sn30p3b8vr1');
INSERT INTO public.purchases_purchasetotals (contest_id, purchases, imported_purchases, refunded_purchases, points_awarded, revenue, counted_at, counted_to) VALUES ('1jc0wxhanh920w71nvrk6p2fhg', 24, 5, 5, 2190, '{"EUR": 0.0000, "JPY": 1500.0000, "KWD": 12.3450, "USD": 988.3100}', '2026-03-06 22:30:00.000695+00', '1jcc9h4tgxq000000000000000');
INSERT INTO public.purchases_purchasetotals (contest_id, purchases, imported_purchases, refunded_purchases, points_awarded, revenue, counted_at, counted_to) VALUES ('1jc5d2y3rqwvr8nz2vxvj2ck4z', 0, 0, 0, 0, '{}', '2026-03-06 22:30:00.000696+00', '1jcc9h4tgxr000000000000000');
INSERT INTO public.purchases_purchasetotals (contest_id, purchases, imported_purchases, refunded_purchases, points_awarded, revenue, counted_at, counted_to) VALUES ('1jc9sx1nk4a96992w2p7ch1qeq', 0, 0, 0, 0, '{}', '2026-03-06 22:30:00.000697+00', '1jcc9h4tgxs000000000000000');
INSERT INTO public.purchases_purchasetotals (contest_id, purchases, imported_purchases, refunded_purchases, points_awarded, revenue, counted_at, counted_to) VALUES ('1jc9sx1nk4j4mp691yac1y5sy4', 1, 0, 0, 10, '{"USD": 10.0000}', '2026-03-06 22:30:00.000698+00', '1jcc9h4tgxt000000000000000');
INSERT INTO public.purchases_recalculatedaward (id, scoring, points_before, points_after, created_at, contest_id, previous_id, purchase_id, rule_set_id, recalculation_id) VALUES ('award_1jc92e12m05vypjg3qdjtm1k74', '{"v": 1, "first": true, "parts": {"rule_1jc92e12kze99tc51ebfvrv6aj": 99.98}, "status": "active"}', 50, 100, '2026-03-05 15:30:00.000516+00', '1jc0wxhanh920w71nvrk6p2fhg', NULL, 'purchase_1jc1mchxmjsa9v7qt4mht6emvt', 'rules_1jc92e12kzfd0gamcrr2gk4swq', 'recalculation_1jc92e12kzsrtx1e9j0w9cpbsz');
INSERT INTO public.purchases_recalculatedaward (id, scoring, points_before, points_after, created_at, contest_id, previous_id, purchase_id, rule_set_id, recalculation_id) VALUES ('award_1jc92e12m069prpmy1deqnwj8b', '{"v": 1, "parts": {"rule_1jc92e12kze99tc51ebfvrv6aj": 20.00}, "status": "active"}', 10, 20, '2026-03-05 15:30:00.000516+00', '1jc0wxhanh920w71nvrk6p2fhg', NULL, 'purchase_1jc1mchxmk0cbmzqwe3830stk3', 'rules_1jc92e12kzfd0gamcrr2gk4swq', 'recalculation_1jc92e12kzsrtx1e9j0w9cpbsz');
INSERT INTO public.purchases_recalculatedaward (id, scoring, points_before, points_after, created_at, contest_id, previous_id, purchase_id, rule_set_id, recalculation_id) VALUES ('award_1jc92e12m07tmqcjj4wckew3nc', '{"v": 1, "parts": {"rule_1jc92e12kze99tc51ebfvrv6aj": 121.98}, "status": "active"}', 30, 62, '2026-03-05 15:30:00.000516+00', '1jc0wxhanh920w71nvrk6p2fhg', NULL, 'purchase_1jc2bvjgkknj7yd6xe57v55m08', 'rules_1jc92e12kzfd0gamcrr2gk4swq', 'recalculation_1jc92e12kzsrtx1e9j0w9cpbsz');
INSERT INTO public.purchases_recalculatedaward (id, scoring, points_before, points_after, created_at, contest_id, previous_id, purchase_id, rule_set_id, recalculation_id) VALUES ('award_1jc92e12m085dqr2r3xs169mas', '{"v": 1, "parts": {"rule_1jc92e12kze99tc51ebfvrv6aj": 700.00}, "status": "active"}', 350, 700, '2026-03-05 15:30:00.000516+00', '1jc0wxhanh920w71nvrk6p2fhg', NULL, 'purchase_1jc2bvjgkkvc30k54m1t14b368', 'rules_1jc92e12kzfd0gamcrr2gk4swq', 'recalculation_1jc92e12kzsrtx1e9j0w9cpbsz');
INSERT INTO public.purchases_recalculatedaward (id, scoring, points_before, points_after, created_at, contest_id, previous_id, purchase_id, rule_set_id, recalculation_id) VALUES ('award_1jc92e12m091e859615svs82ds', '{"v": 1, "parts": {"rule_1jc92e12kze99tc51ebfvrv6aj": 600.00}, "status": "active"}', 190, 600, '2026-03-05 15:30:00.000516+00', '1jc0wxhanh920w71nvrk6p2fhg', NULL, 'purchase_1jc2bvjgkkynj95j9nfmtaskbr', 'rules_1jc92e12kzfd0gamcrr2gk4swq', 'recalculation_1jc92e12kzsrtx1e9j0w9cpbsz');
INSERT INTO public.purchases_recalculatedaward (id, scoring, points_before, points_after, created_at, contest_id, previous_id, purchase_id, rule_set_id, recalculation_id) VALUES ('award_1jc92e12m0a34r58e59h2n8zcx', '{"v": 1, "parts": {"rule_1jc92e12kze99tc51ebfvrv6aj": 3000}, "status": "active"}', 400, 3000, '2026-03-05 15:30:00.000516+00', '1jc0wxhanh920w71nvrk6p2fhg', NULL, 'purchase_1jc2bvjgkm13aqw2njxmrv3gky', 'rules_1jc92e12kzfd0gamcrr2gk4swq', 'recalculation_1jc92e12kzsrtx1e9j0w9cpbsz');
INSERT INTO public.purchases_recalculatedaward (id, scoring, points_before, points_after, created_at, contest_id, previous_id, purchase_id, rule_set_id, recalculation_id) VALUES ('award_1jc92e12m0bdgseczfjpzafj3s', '{"v": 1, "parts": {"rule_1jc92e12kze99tc51ebfvrv6aj": 24.690}, "status": "active"}', 12, 25, '2026-03-05 15:30:00.000516+00', '1jc0wxhanh920w71nvrk6p2fhg', NULL, 'purchase_1jc2bvjgkm4fzr239e615wpts2', 'rules_1jc92e12kzfd0gamcrr2gk4swq', 'recalculation_1jc92e12kzsrtx1e9j0w9cpbsz');
INSERT INTO public.purchases_recalculatedaward (id, scoring, points_before, points_after, created_at, contest_id, previous_id, purchase_id, rule_set_id, recalculation_id) VALUES ('award_1jc92e12m0c24nnv76hw8xptpf', '{"v": 1, "parts": {"rule_1jc92e12kze99tc51ebfvrv6aj": 50.00}, "status": "active"}', 20, 40, '2026-03-05 15:30:00.000516+00', '1jc0wxhanh920w71nvrk6p2fhg', NULL, 'purchase_1jc2bvjgkm7ws6dzp0gvfj55jg', 'rules_1jc92e12kzfd0gamcrr2gk4swq', 'recalculation_1jc92e12kzsrtx1e9j0w9cpbsz');
INSERT INTO public.purchases_recalculatedaward (id, scoring, points_before, points_after, created_at, contest_id, previous_id, purchase_id, rule_set_id, recalculation_id) VALUES ('award_1jc92e12m0d0m72hmsqpm2dsfh', '{"v": 1, "parts": {"rule_1jc92e12kze99tc51ebfvrv6aj": 52.00}, "status": "active"}', 26, 52, '2026-03-05 15:30:00.000516+00', '1jc0wxhanh920w71nvrk6p2fhg', NULL, 'purchase_1jc2bvjgkmaafxq1w75mspp6j5', 'rules_1jc92e12kzfd0gamcrr2gk4swq', 'recalculation_1jc92e12kzsrtx1e9j0w9cpbsz');
INSERT INTO public.purchases_recalculatedaward (id, scoring, points_before, points_after, created_at, contest_id, previous_id, purchase_id, rule_set_id, recalculation_id) VALUES ('award_1jc92e12m0epq83nbs60n09zv7', '{"v": 1, "status": "paused"}', 0, 0, '2026-03-05 15:30:00.000516+00', '1jc0wxhanh920w71nvrk6p2fhg', NULL, 'purchase_1jc33ak3jmdav2565xp745y3a6', 'rules_1jc92e12kzfd0gamcrr2gk4swq', 'recalculation_1jc92e12kzsrtx1e9j0w9cpbsz');
INSERT INTO public.purchases_recalculatedaward (id, scoring, points_before, points_after, created_at, contest_id, previous_id, purchase_id, rule_set_id, recalculation_id) VALUES ('award_1jc92e12m0fp32jr35k3s3arnq', '{"v": 1, "status": "active", "tracking": false}', 0, 0, '2026-03-05 15:30:00.000516+00', '1jc0wxhanh920w71nvrk6p2fhg', NULL, 'purchase_1jc33ak3jmgtshhbg17tpaj5ks', 'rules_1jc92e12kzfd0gamcrr2gk4swq', 'recalculation_1jc92e12kzsrtx1e9j0w9cpbsz');
INSERT INTO public.purchases_recalculatedaward (id, scoring, points_before, points_after, created_at, contest_id, previous_id, purchase_id, rule_set_id, recalculation_id) VALUES ('award_1jc92e12m0gmb6ds3s4wbx4pdd', '{"v": 1, "starts": "2026-03-04T06:30:00.000139Z", "status": "active"}', 0, 0, '2026-03-05 15:30:00.000516+00', '1jc0wxhanh920w71nvrk6p2fhg', NULL, 'purchase_1jc33ak3jmkw7ym68b59c0d2mx', 'rules_1jc92e12kzfd0gamcrr2gk4swq', 'recalculation_1jc92e12kzsrtx1e9j0w9cpbsz');
INSERT INTO public.purchases_recalculatedaward (id, scoring, points_before, points_after, created_at, contest_id, previous_id, purchase_id, rule_set_id, recalculation_id) VALUES ('award_1jc92e12m0hkbmd6ma42r5rjjs', '{"v": 1, "ends": "2026-03-03T06:30:00.000139Z", "status": "active"}', 0, 0, '2026-03-05 15:30:00.000516+00', '1jc0wxhanh920w71nvrk6p2fhg', NULL, 'purchase_1jc33ak3jmpzhc963jrsy0g6xq', 'rules_1jc92e12kzfd0gamcrr2gk4swq', 'recalculation_1jc92e12kzsrtx1e9j0w9cpbsz');
INSERT INTO public.purchases_recalculatedaward (id, scoring, points_before, points_after, created_at, contest_id, previous_id, purchase_id, rule_set_id, recalculation_id) VALUES ('award_1jc92e12m0jgwkaye6fs6ytqxa', '{"v": 1, "first": true, "status": "active", "disqualified": true}', 0, 0, '2026-03-05 15:30:00.000516+00', '1jc0wxhanh920w71nvrk6p2fhg', NULL, 'purchase_1jc33ak3jms2pgmnxf6pwvg5hn', 'rules_1jc92e12kzfd0gamcrr2gk4swq', 'recalculation_1jc92e12kzsrtx1e9j0w9cpbsz');
INSERT INTO public.purchases_recalculatedaward (id, scoring, points_before, points_after, created_at, contest_id, previous_id, purchase_id, rule_set_id, recalculation_id) VALUES ('award_1jc92e12m0kwb3setp2mtjrqw0', '{"v": 1, "parts": {"rule_1jc92e12kze99tc51ebfvrv6aj": 1.00}, "status": "active"}', 0, 1, '2026-03-05 15:30:00.000516+00', '1jc0wxhanh920w71nvrk6p2fhg', NULL, 'purchase_1jc33ak3jmw6t8kj0c9qmkczps', 'rules_1jc92e12kzfd0gamcrr2gk4swq', 'recalculation_1jc92e12kzsrtx1e9j0w9cpbsz');
INSERT INTO public.purchases_recalculatedaward (id, scoring, points_before, points_after, created_at, contest_id, previous_id, purchase_id, rule_set_id, recalculation_id) VALUES ('award_1jc92e12m0m2649rdrasaqtwmc', '{"v": 1, "first": true, "parts": {"rule_1jc92e12kze99tc51ebfvrv6aj": 20.00}, "status": "active"}', 110, 20, '2026-03-05 15:30:00.000516+00', '1jc0wxhanh920w71nvrk6p2fhg', NULL, 'purchase_1jc4nkxgspzyvyj9yv91qp5sht', 'rules_1jc92e12kzfd0gamcrr2gk4swq', 'recalculation_1jc92e12kzsrtx1e9j0w9cpbsz');
INSERT INTO public.purchases_recalculatedaward (id, scoring, points_before, points_after, created_at, contest_id, previous_id, purchase_id, rule_set_id, recalculation_id) VALUES ('award_1jc92e12m0ntjv5zkj0m9jq9g0', '{"v": 1, "parts": {"rule_1jc92e12kze99tc51ebfvrv6aj": 20.00}, "status": "active"}', 10, 20, '2026-03-05 15:30:00.000516+00', '1jc0wxhanh920w71nvrk6p2fhg', NULL, 'purchase_1jc4nkxgsq6a27m7andjv2r8me', 'rules_1jc92e12kzfd0gamcrr2gk4swq', 'recalculation_1jc92e12kzsrtx1e9j0w9cpbsz');
INSERT INTO public.purchases_recalculatedaward (id, scoring, points_before, points_after, created_at, contest_id, previous_id, purchase_id, rule_set_id, recalculation_id) VALUES ('award_1jc92e12m0pn2rbw29zvmgr1s2', '{"v": 1, "parts": {"rule_1jc92e12kze99tc51ebfvrv6aj": 60.00}, "status": "active"}', 30, 60, '2026-03-05 15:30:00.000516+00', '1jc0wxhanh920w71nvrk6p2fhg', NULL, 'purchase_1jc5d2y3rrznz7xf8e0n81zhqm', 'rules_1jc92e12kzfd0gamcrr2gk4swq', 'recalculation_1jc92e12kzsrtx1e9j0w9cpbsz');
INSERT INTO public.purchases_recalculatedaward (id, scoring, points_before, points_after, created_at, contest_id, previous_id, purchase_id, rule_set_id, recalculation_id) VALUES ('award_1jc92e12m0qgbqfjnhz5f45rz0', '{"v": 1, "parts": {"rule_1jc92e12kze99tc51ebfvrv6aj": 30.00}, "status": "active"}', 10, 20, '2026-03-05 15:30:00.000516+00', '1jc0wxhanh920w71nvrk6p2fhg', NULL, 'purchase_1jc64hypqsaxfgrnn95mw2y8f4', 'rules_1jc92e12kzfd0gamcrr2gk4swq', 'recalculation_1jc92e12kzsrtx1e9j0w9cpbsz');
INSERT INTO public.purchases_recalculatedaward (id, scoring, points_before, points_after, created_at, contest_id, previous_id, purchase_id, rule_set_id, recalculation_id) VALUES ('award_1jc92e12m3bn6nfajtw5rkkfph', '{"v": 1, "first": true, "parts": {"rule_1jc92e12kze99tc51ebfvrv6aj": 20.00, "rule_1jc92e12m2x5zf93z7tccsft7k": 3.00}, "status": "active"}', 110, 23, '2026-03-05 15:30:00.000618+00', '1jc0wxhanh920w71nvrk6p2fhg', NULL, 'purchase_1jc4nkxgspzyvyj9yv91qp5sht', 'rules_1jc92e12m2yswgwaqp845r7pjg', 'recalculation_1jc92e12m36q5d17ftdj3mw9hz');
INSERT INTO public.purchases_recalculatedaward (id, scoring, points_before, points_after, created_at, contest_id, previous_id, purchase_id, rule_set_id, recalculation_id) VALUES ('award_1jc92e12m3c3rmcjm2jvb7x3pf', '{"v": 1, "parts": {"rule_1jc92e12kze99tc51ebfvrv6aj": 20.00, "rule_1jc92e12m2x5zf93z7tccsft7k": 3.00}, "status": "active"}', 10, 23, '2026-03-05 15:30:00.000618+00', '1jc0wxhanh920w71nvrk6p2fhg', NULL, 'purchase_1jc4nkxgsq6a27m7andjv2r8me', 'rules_1jc92e12m2yswgwaqp845r7pjg', 'recalculation_1jc92e12m36q5d17ftdj3mw9hz');
INSERT INTO public.purchases_recalculatedaward (id, scoring, points_before, points_after, created_at, contest_id, previous_id, purchase_id, rule_set_id, recalculation_id) VALUES ('award_1jc92e12m3d5gv2m57hpeftwbx', '{"v": 1, "parts": {"rule_1jc92e12kze99tc51ebfvrv6aj": 60.00, "rule_1jc92e12m2x5zf93z7tccsft7k": 3.00}, "status": "active"}', 30, 63, '2026-03-05 15:30:00.000618+00', '1jc0wxhanh920w71nvrk6p2fhg', NULL, 'purchase_1jc5d2y3rrznz7xf8e0n81zhqm', 'rules_1jc92e12m2yswgwaqp845r7pjg', 'recalculation_1jc92e12m36q5d17ftdj3mw9hz');
INSERT INTO public.purchases_recalculatedaward (id, scoring, points_before, points_after, created_at, contest_id, previous_id, purchase_id, rule_set_id, recalculation_id) VALUES ('award_1jc92e12m3ecs3hpa33wc6234z', '{"v": 1, "parts": {"rule_1jc92e12kze99tc51ebfvrv6aj": 30.00, "rule_1jc92e12m2x5zf93z7tccsft7k": 3.00}, "status": "active"}', 10, 23, '2026-03-05 15:30:00.000618+00', '1jc0wxhanh920w71nvrk6p2fhg', NULL, 'purchase_1jc64hypqsaxfgrnn95mw2y8f4', 'rules_1jc92e12m2yswgwaqp845r7pjg', 'recalculation_1jc92e12m36q5d17ftdj3mw9hz');
INSERT INTO public.purchases_recalculation (id, since, reason, at_purchase, scored_count, changed_count, points, created_at, actor_id, contest_id, job_id, rule_set_id, undo_job_id) VALUES ('recalculation_1jc92e12kzsrtx1e9j0w9cpbsz', NULL, 'Asked by the customer', 'purchase_1jc8az0fmxx6br5kj9vtx7e9d3', 19, 14, 3472, '2026-03-05 15:30:00.000502+00', 1, '1jc0wxhanh920w71nvrk6p2fhg', 'job_1jc92e12kzqrhjv6tf4bcaa1hp', 'rules_1jc92e12kzfd0gamcrr2gk4swq', 'job_1jc92e12m1ss43z670xv1ffghz');
INSERT INTO public.purchases_recalculation (id, since, reason, at_purchase, scored_count, changed_count, points, created_at, actor_id, contest_id, job_id, rule_set_id, undo_job_id) VALUES ('recalculation_1jc92e12m36q5d17ftdj3mw9hz', '2026-03-03 15:30:00.000611+00', 'Asked by the customer', 'purchase_1jc8az0fmxx6br5kj9vtx7e9d3', 4, 4, -28, '2026-03-05 15:30:00.000611+00', 1, '1jc0wxhanh920w71nvrk6p2fhg', 'job_1jc92e12m34pgqx57nnc4e5ypk', 'rules_1jc92e12m2yswgwaqp845r7pjg', NULL);
INSERT INTO public.purchases_recalculation (id, since, reason, at_purchase, scored_count, changed_count, points, created_at, actor_id, contest_id, job_id, rule_set_id, undo_job_id) VALUES ('recalculation_1jc9sx1nk5eb62sqqca6bjndmb', NULL, 'Asked by the customer', '', 0, 0, 0, '2026-03-05 22:30:00.000683+00', 1, '1jc9sx1nk4j4mp691yac1y5sy4', 'job_1jc9sx1nk5cs6yysr9x6b84g7f', 'rules_1jc9sx1nk50n6k28grt3c7nezz', NULL);
INSERT INTO public.purchases_refund (id, order_id, refund_id, refund_key, amount, currency, points_reversed, reason, received_at, created_at, actor_id, api_key_id, contest_id, purchase_id) VALUES ('refund_1jc3tskphn1atnwf2kdh0nnh00', '#1004', 'r1', 'R1', 20.0000, 'USD', 27, 'Sent back', '2026-03-03 13:30:00.00016+00', '2026-03-03 13:30:00.000162+00', NULL, 'key_1jc0wxhanhkms0d0wyq42vdsq3', '1jc0wxhanh920w71nvrk6p2fhg', 'purchase_1jc2bvjgkknj7yd6xe57v55m08');
INSERT INTO public.purchases_refund (id, order_id, refund_id, refund_key, amount, currency, points_reversed, reason, received_at, created_at, actor_id, api_key_id, contest_id, purchase_id) VALUES ('refund_1jc3tskphn9yhcf3zc8pd9x6ac', '#1004', 'r2', 'R2', 10.0000, 'USD', 10, 'Sent back', '2026-03-03 13:30:00.000168+00', '2026-03-03 13:30:00.00017+00', NULL, 'key_1jc0wxhanhkms0d0wyq42vdsq3', '1jc0wxhanh920w71nvrk6p2fhg', 'purchase_1jc2bvjgkknj7yd6xe57v55m08');
INSERT INTO public.purchases_refund (id, order_id, refund_id, refund_key, amount, currency, points_reversed, reason, received_at, created_at, actor_id, api_key_id, contest_id, purchase_id) VALUES ('refund_1jc3tskphnha81nce45z2jykxy', '#1003', 'r1', 'R1', 80.0000, 'EUR', 392, 'Sent back', '2026-03-03 13:30:00.000176+00', '2026-03-03 13:30:00.000178+00', NULL, 'key_1jc0wxhanhkms0d0wyq42vdsq3', '1jc0wxhanh920w71nvrk6p2fhg', 'purchase_1jc2bvjgkkj16xkf0xjzgf79zf');
INSERT INTO public.purchases_refund (id, order_id, refund_id, refund_key, amount, currency, points_reversed, reason, received_at, created_at, actor_id, api_key_id, contest_id, purchase_id) VALUES ('refund_1jc3tskphnys0scr2xjpeqsn7p', '#1010', 'r1', 'R1', 5.0000, 'USD', 5, 'Sent back', '2026-03-03 13:30:00.000189+00', '2026-03-03 13:30:00.000191+00', NULL, 'key_1jc0wxhanhkms0d0wyq42vdsq3', '1jc0wxhanh920w71nvrk6p2fhg', 'purchase_1jc2bvjgkm7ws6dzp0gvfj55jg');
INSERT INTO public.purchases_refund (id, order_id, refund_id, refund_key, amount, currency, points_reversed, reason, received_at, created_at, actor_id, api_key_id, contest_id, purchase_id) VALUES ('refund_1jc64hypqs8mnzhv1d6h37aatw', '#4002', 'r1', 'R1', 5.0000, 'USD', 5, 'Sent back', '2026-03-04 11:30:00.000295+00', '2026-03-04 11:30:00.000302+00', NULL, 'key_1jc0wxhanhkms0d0wyq42vdsq3', '1jc0wxhanh920w71nvrk6p2fhg', 'purchase_1jc64hypqsaxfgrnn95mw2y8f4');
INSERT INTO public.purchases_refund (id, order_id, refund_id, refund_key, amount, currency, points_reversed, reason, received_at, created_at, actor_id, api_key_id, contest_id, purchase_id) VALUES ('refund_1jc8az0fmz9zk7w8drn88nfj5k', '#0001', 'r1', 'R1', 10.0000, 'USD', 10, 'Sent back', '2026-03-05 08:30:00.000488+00', '2026-03-05 08:30:00.00049+00', NULL, 'key_1jc0wxhanhkms0d0wyq42vdsq3', '1jc0wxhanh920w71nvrk6p2fhg', 'purchase_1jc8az0fmwgrbas1czhzvgda1j');
INSERT INTO public.purchases_refund (id, order_id, refund_id, refund_key, amount, currency, points_reversed, reason, received_at, created_at, actor_id, api_key_id, contest_id, purchase_id) VALUES ('refund_1jc92e12m3xpw778k8j0v3z2e2', '#2002', 'r1', 'R1', 2.5000, 'USD', 5, 'Sent back', '2026-03-05 15:30:00.000636+00', '2026-03-05 15:30:00.000638+00', NULL, 'key_1jc0wxhanhkms0d0wyq42vdsq3', '1jc0wxhanh920w71nvrk6p2fhg', 'purchase_1jc4nkxgsq6a27m7andjv2r8me');
INSERT INTO public.purchases_rejectedpurchase (id, number, contest_sent, order_id, order_key, code, details, state, email, email_key, amount, currency, purchased_at, contest_state, times, first_received_at, last_received_at, api_key_id, contest_id, purchase_id, rule_set_id, team_id) VALUES ('rejected_1jc4j8m9gppkm06avk515vaytw', 1, '1jc0wxhanh920w71nvrk6p2fhg', '#2001', '2001', 'entry_not_found', '[]', 'recorded', 'early@example.com', 'early@example.com', '10.00', 'USD', '2026-03-03 20:30:00.000213+00', '{"ends_at": null, "starts_at": null, "contest_status": "active", "tracking_enabled": true}', 2, '2026-03-03 20:30:00.000213+00', '2026-03-03 21:30:00.000215+00', 'key_1jc0wxhanhkms0d0wyq42vdsq3', '1jc0wxhanh920w71nvrk6p2fhg', 'purchase_1jc4nkxgspzyvyj9yv91qp5sht', 'rules_1jc2bvjgkkd82917zmjxn8mgzf', 'team_1jc0wxhanh7v3s3dtr98h6bcfn');
INSERT INTO public.purchases_rejectedpurchase (id, number, contest_sent, order_id, order_key, code, details, state, email, email_key, amount, currency, purchased_at, contest_state, times, first_received_at, last_received_at, api_key_id, contest_id, purchase_id, rule_set_id, team_id) VALUES ('rejected_1jc4nkxgsq2t5yhgpj365ftabk', 3, '1jc0wxhanh920w71nvrk6p2fhg', '#2002', '2002', 'entry_not_found', '[]', 'recorded', 'ada@mistyped.example', 'ada@mistyped.example', '10.00', 'USD', '2026-03-03 21:30:00.000225+00', '{"ends_at": null, "starts_at": null, "contest_status": "active", "tracking_enabled": true}', 1, '2026-03-03 21:30:00.000225+00', '2026-03-03 21:30:00.000225+00', 'key_1jc0wxhanhkms0d0wyq42vdsq3', '1jc0wxhanh920w71nvrk6p2fhg', 'purchase_1jc4nkxgsq6a27m7andjv2r8me', 'rules_1jc2bvjgkkd82917zmjxn8mgzf', 'team_1jc0wxhanh7v3s3dtr98h6bcfn');
INSERT INTO public.purchases_rejectedpurchase (id, number, contest_sent, order_id, order_key, code, details, state, email, email_key, amount, currency, purchased_at, contest_state, times, first_received_at, last_received_at, api_key_id, contest_id, purchase_id, rule_set_id, team_id) VALUES ('rejected_1jc4nkxgsq90vgm94czx8m4cm6', 4, '1jc0wxhanh920w71nvrk6p2fhg', '#2003', '2003', 'entry_not_found', '[]', 'held', 'grace@mistyped.example', 'grace@mistyped.example', '10.00', 'USD', '2026-03-03 21:30:00.000232+00', '{"ends_at": null, "starts_at": null, "contest_status": "active", "tracking_enabled": true}', 1, '2026-03-03 21:30:00.000232+00', '2026-03-03 21:30:00.000232+00', 'key_1jc0wxhanhkms0d0wyq42vdsq3', '1jc0wxhanh920w71nvrk6p2fhg', NULL, 'rules_1jc2bvjgkkd82917zmjxn8mgzf', 'team_1jc0wxhanh7v3s3dtr98h6bcfn');
INSERT INTO public.purchases_rejectedpurchase (id, number, contest_sent, order_id, order_key, code, details, state, email, email_key, amount, currency, purchased_at, contest_state, times, first_received_at, last_received_at, api_key_id, contest_id, purchase_id, rule_set_id, team_id) VALUES ('rejected_1jc4nkxgsqq3j79crvzfw495b0', 5, '1jc0wxhanh920w71nvrk6p2fhg', '#2004', '2004', 'entry_not_found', '[]', 'held', 'late@example.com', 'late@example.com', '10.00', 'USD', '2026-03-03 21:30:00.000246+00', '{"ends_at": null, "starts_at": null, "contest_status": "active", "tracking_enabled": true}', 1, '2026-03-03 21:30:00.000246+00', '2026-03-03 21:30:00.000246+00', 'key_1jc0wxhanhkms0d0wyq42vdsq3', '1jc0wxhanh920w71nvrk6p2fhg', NULL, 'rules_1jc2bvjgkkd82917zmjxn8mgzf', 'team_1jc0wxhanh7v3s3dtr98h6bcfn');
INSERT INTO public.purchases_rejectedpurchase (id, number, contest_sent, order_id, order_key, code, details, state, email, email_key, amount, currency, purchased_at, contest_state, times, first_received_at, last_received_at, api_key_id, contest_id, purchase_id, rule_set_id, team_id) VALUES ('rejected_1jc4nkxgsqss3ke5q7x90087g0', 6, '1jc0wxhanh920w71nvrk6p2fhg', '#2005', '2005', 'entry_not_found', '[]', 'held', 'late@example.com', 'late@example.com', '20.00', 'USD', '2026-03-03 21:30:00.000248+00', '{"ends_at": null, "starts_at": null, "contest_status": "active", "tracking_enabled": true}', 1, '2026-03-03 21:30:00.000248+00', '2026-03-03 21:30:00.000248+00', 'key_1jc0wxhanhkms0d0wyq42vdsq3', '1jc0wxhanh920w71nvrk6p2fhg', NULL, 'rules_1jc2bvjgkkd82917zmjxn8mgzf', 'team_1jc0wxhanh7v3s3dtr98h6bcfn');
INSERT INTO public.purchases_rejectedpurchase (id, number, contest_sent, order_id, order_key, code, details, state, email, email_key, amount, currency, purchased_at, contest_state, times, first_received_at, last_received_at, api_key_id, contest_id, purchase_id, rule_set_id, team_id) VALUES ('rejected_1jc5d2y3rrfj1pbngbds3e7pwn', 9, '1jc0wxhanh920w71nvrk6p2fhg', '#3003', '3003', 'contest_not_found', '[{"field": "amount", "message": "The amount must be greater than 0."}]', 'rejected', 'ada@example.com', 'ada@example.com', '-1', 'USD', NULL, NULL, 1, '2026-03-04 04:30:00.00027+00', '2026-03-04 04:30:00.00027+00', 'key_1jc0wxhanhkms0d0wyq42vdsq3', '1jc0wxhanh920w71nvrk6p2fhg', NULL, NULL, 'team_1jc0wxhanh7v3s3dtr98h6bcfn');
INSERT INTO public.purchases_rejectedpurchase (id, number, contest_sent, order_id, order_key, code, details, state, email, email_key, amount, currency, purchased_at, contest_state, times, first_received_at, last_received_at, api_key_id, contest_id, purchase_id, rule_set_id, team_id) VALUES ('rejected_1jc5d2y3rrkfhkqj4sdcbdht0e', 11, '1jc0wxhanh920w71nvrk6p2fhg', '#3005', '3005', 'invalid_query_parameter', '[{"field": "amount", "message": "The amount must be greater than 0."}]', 'rejected', 'ada@example.com', 'ada@example.com', '-1', 'USD', NULL, NULL, 1, '2026-03-04 04:30:00.000274+00', '2026-03-04 04:30:00.000274+00', 'key_1jc0wxhanhkms0d0wyq42vdsq3', '1jc0wxhanh920w71nvrk6p2fhg', NULL, NULL, 'team_1jc0wxhanh7v3s3dtr98h6bcfn');
INSERT INTO public.purchases_rejectedpurchase (id, number, contest_sent, order_id, order_key, code, details, state, email, email_key, amount, currency, purchased_at, contest_state, times, first_received_at, last_received_at, api_key_id, contest_id, purchase_id, rule_set_id, team_id) VALUES ('rejected_1jc5d2y3rrngx2txe2bm0ym1hs', 12, '1jc0wxhanh920w71nvrk6p2fhg', '#3006', '3006', 'contest_not_found', '[{"field": "amount", "message": "The amount must be greater than 0."}]', 'rejected', 'ada@example.com', 'ada@example.com', '-1', 'USD', NULL, NULL, 1, '2026-03-04 04:30:00.000276+00', '2026-03-04 04:30:00.000276+00', 'key_1jc5d2y3rr6a42zmqqj99wc5zb', NULL, NULL, NULL, 'team_1jc5d2y3rqtzbce9dxjyf2h5v1');
INSERT INTO public.purchases_rejectedpurchase (id, number, contest_sent, order_id, order_key, code, details, state, email, email_key, amount, currency, purchased_at, contest_state, times, first_received_at, last_received_at, api_key_id, contest_id, purchase_id, rule_set_id, team_id) VALUES ('rejected_1jc5d2y3rrb4dj023mjybz59r2', 7, '1jc0wxhanh920w71nvrk6p2fhg', '#3001', '3001', 'invalid_request_body', '[{"field": "amount", "message": "The amount must be greater than 0."}]', 'dismissed', 'ada@example.com', 'ada@example.com', '-1', 'USD', NULL, NULL, 1, '2026-03-04 04:30:00.000266+00', '2026-03-04 04:30:00.000266+00', 'key_1jc0wxhanhkms0d0wyq42vdsq3', '1jc0wxhanh920w71nvrk6p2fhg', NULL, NULL, 'team_1jc0wxhanh7v3s3dtr98h6bcfn');
INSERT INTO public.purchases_rejectedpurchase (id, number, contest_sent, order_id, order_key, code, details, state, email, email_key, amount, currency, purchased_at, contest_state, times, first_received_at, last_received_at, api_key_id, contest_id, purchase_id, rule_set_id, team_id) VALUES ('rejected_1jc5d2y3rrdtgzqd0x2h15aehk', 8, '1jc0wxhanh920w71nvrk6p2fhg', '#3002', '3002', 'amount_not_positive', '[{"field": "amount", "message": "The amount must be greater than 0."}]', 'rejected', 'ada@example.com', 'ada@example.com', '-1', 'USD', NULL, NULL, 1, '2026-03-04 04:30:00.000268+00', '2026-03-04 04:30:00.000268+00', 'key_1jc0wxhanhkms0d0wyq42vdsq3', '1jc0wxhanh920w71nvrk6p2fhg', NULL, NULL, 'team_1jc0wxhanh7v3s3dtr98h6bcfn');
INSERT INTO public.purchases_rejectedpurchase (id, number, contest_sent, order_id, order_key, code, details, state, email, email_key, amount, currency, purchased_at, contest_state, times, first_received_at, last_received_at, api_key_id, contest_id, purchase_id, rule_set_id, team_id) VALUES ('rejected_1jc5d2y3rrhkk2r4ww35katmfx', 10, '1jc0wxhanh920w71nvrk6p2fhg', '#3004', '3004', 'private_key_required', '[{"field": "amount", "message": "The amount must be greater than 0."}]', 'recorded', 'ada@example.com', 'ada@example.com', '-1', 'USD', NULL, NULL, 1, '2026-03-04 04:30:00.000272+00', '2026-03-04 04:30:00.000272+00', 'key_1jc0wxhanhkms0d0wyq42vdsq3', '1jc0wxhanh920w71nvrk6p2fhg', 'purchase_1jc5d2y3rrznz7xf8e0n81zhqm', NULL, 'team_1jc0wxhanh7v3s3dtr98h6bcfn');
INSERT INTO public.purchases_rejectioncount (id, day, code, key_id, slot, times) VALUES (1, '2026-03-04', 'too_many_rejected', 'key_1jc0wxhanhkms0d0wyq42vdsq3', 2, 1);
INSERT INTO public.purchases_retentiongap (contest_id, since, held_deleted, held_deleted_at) VALUES ('1jc5d2y3rqwvr8nz2vxvj2ck4z', '2026-03-04 04:30:00.000288+00', 3, '2026-03-04 04:30:00.000288+00');
INSERT INTO public.purchases_rollupcursor (contest_id, until) VALUES ('1jc9sx1nk4a96992w2p7ch1qeq', '2026-03-06 22:00:00+00');
INSERT INTO public.purchases_rollupcursor (contest_id, until) VALUES ('1jc9sx1nk4j4mp691yac1y5sy4', '2026-03-06 22:00:00+00');
INSERT INTO public.purchases_rollupcursor (contest_id, until) VALUES ('1jc5d2y3rqwvr8nz2vxvj2ck4z', '2026-03-06 22:00:00+00');
INSERT INTO public.purchases_rollupcursor (contest_id, until) VALUES ('1jc0wxhanh920w71nvrk6p2fhg', '2026-03-06 22:00:00+00');
SELECT pg_catalog.setval('public.accounts_signinfailures_id_seq', 1, true);
SELECT pg_catalog.setval('public.accounts_user_groups_id_seq', 1, false);
SELECT pg_catalog.setval('public.accounts_user_id_seq', 3, true);
SELECT pg_catalog.setval('public.accounts_user_user_permissions_id_seq', 1, false);
SELECT pg_catalog.setval('public.auth_group_id_seq', 1, false);
SELECT pg_catalog.setval('public.auth_group_permissions_id_seq', 1, false);
SELECT pg_catalog.setval('public.auth_permission_id_seq', 168, true);
SELECT pg_catalog.setval('public.contests_entryimportrow_id_seq', 6, true);
SELECT pg_catalog.setval('public.contests_nameword_id_seq', 11, true);
SELECT pg_catalog.setval('public.django_admin_log_id_seq', 1, false);
SELECT pg_catalog.setval('public.django_content_type_id_seq', 42, true);
SELECT pg_catalog.setval('public.django_migrations_id_seq', 38, true);
SELECT pg_catalog.setval('public.purchases_dailystat_id_seq', 53, true);
SELECT pg_catalog.setval('public.purchases_duplicatecount_id_seq', 4, true);
SELECT pg_catalog.setval('public.purchases_purchaseimportrow_id_seq', 10, true);
SELECT pg_catalog.setval('public.purchases_rejectedpurchase_number', 12, true);
SELECT pg_catalog.setval('public.purchases_rejectioncount_id_seq', 1, true);
ALTER TABLE ONLY public.accounts_invitation
    ADD CONSTRAINT accounts_invitation_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.accounts_membership
    ADD CONSTRAINT accounts_membership_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.accounts_signinfailures
    ADD CONSTRAINT accounts_signinfailures_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.accounts_team
    ADD CONSTRAINT accounts_team_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.accounts_user_groups
    ADD CONSTRAINT accounts_user_groups_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.accounts_user_groups
    ADD CONSTRAINT accounts_user_groups_user_id_group_id_59c0b32f_uniq UNIQUE (user_id, group_id);
ALTER TABLE ONLY public.accounts_user
    ADD CONSTRAINT accounts_user_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.accounts_user_user_permissions
    ADD CONSTRAINT accounts_user_user_permi_user_id_permission_id_2ab516c2_uniq UNIQUE (user_id, permission_id);
ALTER TABLE ONLY public.accounts_user_user_permissions
    ADD CONSTRAINT accounts_user_user_permissions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.accounts_user
    ADD CONSTRAINT accounts_user_username_key UNIQUE (username);
ALTER TABLE ONLY public.apikeys_apikey
    ADD CONSTRAINT apikey_unique_digest UNIQUE (digest);
ALTER TABLE ONLY public.apikeys_apikey
    ADD CONSTRAINT apikeys_apikey_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.apikeys_callwindow
    ADD CONSTRAINT apikeys_callwindow_pkey PRIMARY KEY (key_id);
ALTER TABLE ONLY public.audit_auditevent
    ADD CONSTRAINT audit_auditevent_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.auth_group
    ADD CONSTRAINT auth_group_name_key UNIQUE (name);
ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_group_id_permission_id_0cd325b0_uniq UNIQUE (group_id, permission_id);
ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.auth_group
    ADD CONSTRAINT auth_group_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_content_type_id_codename_01ab375a_uniq UNIQUE (content_type_id, codename);
ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.axes_accessattempt
    ADD CONSTRAINT axes_accessattempt_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.axes_accessattempt
    ADD CONSTRAINT axes_accessattempt_username_ip_address_user_agent_8ea22282_uniq UNIQUE (username, ip_address, user_agent);
ALTER TABLE ONLY public.axes_accessattemptexpiration
    ADD CONSTRAINT axes_accessattemptexpiration_pkey PRIMARY KEY (access_attempt_id);
ALTER TABLE ONLY public.axes_accessfailurelog
    ADD CONSTRAINT axes_accessfailurelog_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.axes_accesslog
    ADD CONSTRAINT axes_accesslog_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.contests_contest
    ADD CONSTRAINT contest_unique_slug_per_team UNIQUE (team_id, slug);
ALTER TABLE ONLY public.contests_contest
    ADD CONSTRAINT contests_contest_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.contests_entry
    ADD CONSTRAINT contests_entry_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.contests_entryimport
    ADD CONSTRAINT contests_entryimport_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.contests_entryimportrow
    ADD CONSTRAINT contests_entryimportrow_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.contests_entrytotals
    ADD CONSTRAINT contests_entrytotals_pkey PRIMARY KEY (contest_id);
ALTER TABLE ONLY public.contests_nameword
    ADD CONSTRAINT contests_nameword_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.contests_pointrule
    ADD CONSTRAINT contests_pointrule_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.contests_pointtransaction
    ADD CONSTRAINT contests_pointtransaction_pkey PRIMARY KEY (contest_id, id);
ALTER TABLE ONLY public.contests_ruleset
    ADD CONSTRAINT contests_ruleset_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.purchases_dailystat
    ADD CONSTRAINT dailystat_unique_figure UNIQUE (contest_id, day, figure, key);
ALTER TABLE ONLY public.django_admin_log
    ADD CONSTRAINT django_admin_log_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.django_content_type
    ADD CONSTRAINT django_content_type_app_label_model_76bd3d3b_uniq UNIQUE (app_label, model);
ALTER TABLE ONLY public.django_content_type
    ADD CONSTRAINT django_content_type_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.django_migrations
    ADD CONSTRAINT django_migrations_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.django_session
    ADD CONSTRAINT django_session_pkey PRIMARY KEY (session_key);
ALTER TABLE ONLY public.purchases_duplicatecount
    ADD CONSTRAINT duplicatecount_unique_day_of_a_purchase UNIQUE (contest_id, day, purchase_id);
ALTER TABLE ONLY public.contests_entry
    ADD CONSTRAINT entry_by_contest UNIQUE (contest_id, id);
ALTER TABLE ONLY public.contests_entry
    ADD CONSTRAINT entry_unique_referral_code_per_contest UNIQUE (contest_id, referral_code);
ALTER TABLE ONLY public.contests_entryimport
    ADD CONSTRAINT entryimport_by_contest UNIQUE (contest_id, id);
ALTER TABLE ONLY public.contests_entryimportrow
    ADD CONSTRAINT entryimportrow_unique_line_per_import UNIQUE (contest_id, entry_import_id, line);
ALTER TABLE ONLY public.accounts_invitation
    ADD CONSTRAINT invitation_unique_digest UNIQUE (digest);
ALTER TABLE ONLY public.jobs_chore
    ADD CONSTRAINT jobs_chore_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.jobs_job
    ADD CONSTRAINT jobs_job_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.accounts_membership
    ADD CONSTRAINT membership_unique_user_per_team UNIQUE (team_id, user_id);
ALTER TABLE ONLY public.contests_nameword
    ADD CONSTRAINT nameword_unique_word_per_entry UNIQUE (contest_id, word, entry_id);
ALTER TABLE ONLY public.purchases_pendingrefund
    ADD CONSTRAINT pendingrefund_unique_refund_per_order UNIQUE (contest_id, order_id, refund_id);
ALTER TABLE ONLY public.contests_pointtransaction
    ADD CONSTRAINT pointtransaction_unique_number_per_entry UNIQUE (contest_id, entry_id, number);
ALTER TABLE ONLY public.purchases_purchase
    ADD CONSTRAINT purchase_unique_order_per_contest UNIQUE (contest_id, order_id);
ALTER TABLE ONLY public.purchases_purchaseimport
    ADD CONSTRAINT purchaseimport_by_contest UNIQUE (contest_id, id);
ALTER TABLE ONLY public.purchases_purchaseimportrow
    ADD CONSTRAINT purchaseimportrow_unique_line_per_import UNIQUE (contest_id, purchase_import_id, line);
ALTER TABLE ONLY public.purchases_dailystat
    ADD CONSTRAINT purchases_dailystat_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.purchases_duplicatecount
    ADD CONSTRAINT purchases_duplicatecount_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.purchases_pendingrefund
    ADD CONSTRAINT purchases_pendingrefund_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.purchases_purchase
    ADD CONSTRAINT purchases_purchase_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.purchases_purchaseimport
    ADD CONSTRAINT purchases_purchaseimport_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.purchases_purchaseimportrow
    ADD CONSTRAINT purchases_purchaseimportrow_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.purchases_purchasetotals
    ADD CONSTRAINT purchases_purchasetotals_pkey PRIMARY KEY (contest_id);
ALTER TABLE ONLY public.purchases_recalculatedaward
    ADD CONSTRAINT purchases_recalculatedaward_pkey PRIMARY KEY (contest_id, id);
ALTER TABLE ONLY public.purchases_recalculation
    ADD CONSTRAINT purchases_recalculation_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.purchases_refund
    ADD CONSTRAINT purchases_refund_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.purchases_rejectedpurchase
    ADD CONSTRAINT purchases_rejectedpurchase_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.purchases_rejectioncount
    ADD CONSTRAINT purchases_rejectioncount_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.purchases_retentiongap
    ADD CONSTRAINT purchases_retentiongap_pkey PRIMARY KEY (contest_id);
ALTER TABLE ONLY public.purchases_rollupcursor
    ADD CONSTRAINT purchases_rollupcursor_pkey PRIMARY KEY (contest_id);
ALTER TABLE ONLY public.purchases_recalculatedaward
    ADD CONSTRAINT recalculatedaward_once_per_recalculation UNIQUE (contest_id, purchase_id, recalculation_id);
ALTER TABLE ONLY public.purchases_recalculation
    ADD CONSTRAINT recalculation_by_contest UNIQUE (contest_id, id);
ALTER TABLE ONLY public.purchases_recalculation
    ADD CONSTRAINT recalculation_unique_job UNIQUE (contest_id, job_id);
ALTER TABLE ONLY public.purchases_recalculation
    ADD CONSTRAINT recalculation_unique_undo_job UNIQUE (contest_id, undo_job_id);
ALTER TABLE ONLY public.purchases_refund
    ADD CONSTRAINT refund_unique_refund_per_purchase UNIQUE (contest_id, purchase_id, refund_id);
ALTER TABLE ONLY public.purchases_rejectedpurchase
    ADD CONSTRAINT rejected_unique_order_and_code UNIQUE (contest_sent, order_id, code, team_id);
ALTER TABLE ONLY public.purchases_rejectioncount
    ADD CONSTRAINT rejectioncount_unique_slot UNIQUE (day, code, key_id, slot);
ALTER TABLE ONLY public.contests_ruleset
    ADD CONSTRAINT ruleset_by_contest UNIQUE (contest_id, id);
ALTER TABLE ONLY public.contests_ruleset
    ADD CONSTRAINT ruleset_unique_number_per_contest UNIQUE (contest_id, number);
ALTER TABLE ONLY public.accounts_signinfailures
    ADD CONSTRAINT signinfailures_unique_pair UNIQUE (address, username);
CREATE INDEX accounts_invitation_accepted_by_id_ba632539 ON public.accounts_invitation USING btree (accepted_by_id);
CREATE INDEX accounts_invitation_created_by_id_e6097355 ON public.accounts_invitation USING btree (created_by_id);
CREATE INDEX accounts_invitation_team_id_a42a47a0 ON public.accounts_invitation USING btree (team_id);
CREATE INDEX accounts_membership_team_id_c9c6c909 ON public.accounts_membership USING btree (team_id);
CREATE INDEX accounts_membership_user_id_487fb39e ON public.accounts_membership USING btree (user_id);
CREATE INDEX accounts_user_groups_group_id_bd11a704 ON public.accounts_user_groups USING btree (group_id);
CREATE INDEX accounts_user_groups_user_id_52b62117 ON public.accounts_user_groups USING btree (user_id);
CREATE INDEX accounts_user_user_permissions_permission_id_113bb443 ON public.accounts_user_user_permissions USING btree (permission_id);
CREATE INDEX accounts_user_user_permissions_user_id_e4f0a161 ON public.accounts_user_user_permissions USING btree (user_id);
CREATE INDEX accounts_user_username_6088629e_like ON public.accounts_user USING btree (username varchar_pattern_ops);
CREATE INDEX apikeys_apikey_created_by_id_b3c3f2e2 ON public.apikeys_apikey USING btree (created_by_id);
CREATE INDEX apikeys_apikey_team_id_6b2f0d43 ON public.apikeys_apikey USING btree (team_id);
CREATE INDEX auditevent_by_contest ON public.audit_auditevent USING btree (contest_id, created_at);
CREATE INDEX auditevent_by_object ON public.audit_auditevent USING btree (object_type, object_id);
CREATE INDEX auditevent_by_team ON public.audit_auditevent USING btree (team_id, created_at DESC);
CREATE INDEX auditevent_by_time ON public.audit_auditevent USING btree (created_at DESC);
CREATE INDEX auth_group_name_a6ea08ec_like ON public.auth_group USING btree (name varchar_pattern_ops);
CREATE INDEX auth_group_permissions_group_id_b120cbf9 ON public.auth_group_permissions USING btree (group_id);
CREATE INDEX auth_group_permissions_permission_id_84c5c92e ON public.auth_group_permissions USING btree (permission_id);
CREATE INDEX auth_permission_content_type_id_2f476e4b ON public.auth_permission USING btree (content_type_id);
CREATE INDEX award_by_recalculation ON public.purchases_recalculatedaward USING btree (contest_id, recalculation_id, id);
CREATE INDEX axes_accessattempt_ip_address_10922d9c ON public.axes_accessattempt USING btree (ip_address);
CREATE INDEX axes_accessattempt_user_agent_ad89678b ON public.axes_accessattempt USING btree (user_agent);
CREATE INDEX axes_accessattempt_user_agent_ad89678b_like ON public.axes_accessattempt USING btree (user_agent varchar_pattern_ops);
CREATE INDEX axes_accessattempt_username_3f2d4ca0 ON public.axes_accessattempt USING btree (username);
CREATE INDEX axes_accessattempt_username_3f2d4ca0_like ON public.axes_accessattempt USING btree (username varchar_pattern_ops);
CREATE INDEX axes_accessfailurelog_ip_address_2e9f5a7f ON public.axes_accessfailurelog USING btree (ip_address);
CREATE INDEX axes_accessfailurelog_user_agent_ea145dda ON public.axes_accessfailurelog USING btree (user_agent);
CREATE INDEX axes_accessfailurelog_user_agent_ea145dda_like ON public.axes_accessfailurelog USING btree (user_agent varchar_pattern_ops);
CREATE INDEX axes_accessfailurelog_username_a8b7e8a4 ON public.axes_accessfailurelog USING btree (username);
CREATE INDEX axes_accessfailurelog_username_a8b7e8a4_like ON public.axes_accessfailurelog USING btree (username varchar_pattern_ops);
CREATE INDEX axes_accesslog_ip_address_86b417e5 ON public.axes_accesslog USING btree (ip_address);
CREATE INDEX axes_accesslog_user_agent_0e659004 ON public.axes_accesslog USING btree (user_agent);
CREATE INDEX axes_accesslog_user_agent_0e659004_like ON public.axes_accesslog USING btree (user_agent varchar_pattern_ops);
CREATE INDEX axes_accesslog_username_df93064b ON public.axes_accesslog USING btree (username);
CREATE INDEX axes_accesslog_username_df93064b_like ON public.axes_accesslog USING btree (username varchar_pattern_ops);
CREATE INDEX contests_contest_rule_set_id_1fd8c41a ON public.contests_contest USING btree (rule_set_id);
CREATE INDEX contests_contest_slug_e1e3158c ON public.contests_contest USING btree (slug);
CREATE INDEX contests_contest_slug_e1e3158c_like ON public.contests_contest USING btree (slug varchar_pattern_ops);
CREATE INDEX contests_contest_team_id_18a33ac7 ON public.contests_contest USING btree (team_id);
CREATE INDEX contests_nameword_entry_id_e757b3f6 ON public.contests_nameword USING btree (entry_id);
CREATE INDEX contests_pointrule_contest_id_67f9ba4a ON public.contests_pointrule USING btree (contest_id);
CREATE INDEX contests_ruleset_published_by_id_84024e33 ON public.contests_ruleset USING btree (published_by_id);
CREATE INDEX django_admin_log_content_type_id_c4bce8eb ON public.django_admin_log USING btree (content_type_id);
CREATE INDEX django_admin_log_user_id_c564eba6 ON public.django_admin_log USING btree (user_id);
CREATE INDEX django_session_expire_date_a5c62663 ON public.django_session USING btree (expire_date);
CREATE INDEX django_session_session_key_c0390e0f_like ON public.django_session USING btree (session_key varchar_pattern_ops);
CREATE INDEX entry_by_near_key ON public.contests_entry USING btree (contest_id, near_key) WHERE (NOT ((near_key)::text = ''::text));
CREATE INDEX entry_by_rank ON public.contests_entry USING btree (contest_id, points DESC, points_since, id) WHERE (email_confirmed AND (NOT is_disqualified));
CREATE INDEX entry_by_referrer ON public.contests_entry USING btree (contest_id, referred_by_id) WHERE (referred_by_id IS NOT NULL);
CREATE UNIQUE INDEX entry_unique_email_per_contest ON public.contests_entry USING btree (contest_id, email_key) WHERE (NOT ((email_key)::text = ''::text));
CREATE UNIQUE INDEX entry_unique_phone_per_contest ON public.contests_entry USING btree (contest_id, phone_key) WHERE (((email_key)::text = ''::text) AND (NOT ((phone_key)::text = ''::text)));
CREATE INDEX entryimportrow_by_entry ON public.contests_entryimportrow USING btree (entry_id) WHERE (entry_id IS NOT NULL);
CREATE INDEX entryimportrow_by_outcome ON public.contests_entryimportrow USING btree (contest_id, entry_import_id, outcome, line);
CREATE UNIQUE INDEX invitation_one_pending_per_team_and_email ON public.accounts_invitation USING btree (team_id, email_key) WHERE ((accepted_at IS NULL) AND (revoked_at IS NULL));
CREATE INDEX job_by_contest ON public.jobs_job USING btree (contest_id, id);
CREATE UNIQUE INDEX job_one_exclusive_per_contest ON public.jobs_job USING btree (contest_id) WHERE (is_exclusive AND ((state)::text = ANY ((ARRAY['waiting'::character varying, 'running'::character varying])::text[])));
CREATE INDEX job_open ON public.jobs_job USING btree (id) WHERE ((state)::text = ANY ((ARRAY['waiting'::character varying, 'running'::character varying])::text[]));
CREATE INDEX jobs_chore_name_0c93061d_like ON public.jobs_chore USING btree (name varchar_pattern_ops);
CREATE INDEX pendingrefund_by_order_key ON public.purchases_pendingrefund USING btree (contest_id, order_key);
CREATE INDEX pendingrefund_by_refund_key ON public.purchases_pendingrefund USING btree (contest_id, refund_key);
CREATE INDEX pendingrefund_open ON public.purchases_pendingrefund USING btree (contest_id, state) WHERE ((NOT is_dismissed) AND ((state)::text = ANY ((ARRAY['pending'::character varying, 'refused'::character varying])::text[])));
CREATE INDEX pendingrefund_pending ON public.purchases_pendingrefund USING btree (contest_id, id) WHERE ((state)::text = 'pending'::text);
CREATE INDEX pendingrefund_refused ON public.purchases_pendingrefund USING btree (contest_id, id) WHERE ((state)::text = 'refused'::text);
CREATE INDEX pendingrefund_refused_by_key ON public.purchases_pendingrefund USING btree (contest_id, api_key_id, received_at) WHERE ((state)::text = 'refused'::text);
CREATE UNIQUE INDEX pointtransaction_adjusted_once_per_id ON public.contests_pointtransaction USING btree (contest_id, entry_id, adjustment_id) WHERE (NOT ((adjustment_id)::text = ''::text));
CREATE UNIQUE INDEX pointtransaction_earned_once_per_purchase ON public.contests_pointtransaction USING btree (contest_id, purchase_id, (
CASE
    WHEN ((kind)::text = 'earned'::text) THEN ''::character varying
    ELSE id
END));
CREATE UNIQUE INDEX pointtransaction_undone_once ON public.contests_pointtransaction USING btree (contest_id, undoes_id) WHERE (NOT (undoes_id IS NULL));
CREATE INDEX purchase_by_contest_and_entry ON public.purchases_purchase USING btree (contest_id, entry_id, id);
CREATE UNIQUE INDEX purchase_by_contest_and_id ON public.purchases_purchase USING btree (contest_id, id) INCLUDE (currency, status, created_at, purchased_at);
CREATE INDEX purchase_by_contest_and_order ON public.purchases_purchase USING btree (contest_id, order_key);
CREATE INDEX purchase_by_currency ON public.purchases_purchase USING btree (contest_id, currency, id);
CREATE INDEX purchase_by_purchase_time ON public.purchases_purchase USING btree (contest_id, purchased_at, id) INCLUDE (currency, status, created_at);
CREATE INDEX purchase_changed_by_status ON public.purchases_purchase USING btree (contest_id, status, id) INCLUDE (rule_set_id) WHERE (NOT ((status)::text = 'recorded'::text));
CREATE INDEX purchase_imported_by_contest ON public.purchases_purchase USING btree (contest_id, id) WHERE (rule_set_id IS NULL);
CREATE INDEX purchaseimportrow_by_email ON public.purchases_purchaseimportrow USING btree (contest_id, purchase_import_id, email_key) WHERE ((outcome)::text = 'new'::text);
CREATE INDEX purchaseimportrow_by_outcome ON public.purchases_purchaseimportrow USING btree (contest_id, purchase_import_id, outcome, line);
CREATE INDEX refund_by_contest ON public.purchases_refund USING btree (contest_id, id);
CREATE INDEX refund_by_contest_and_key ON public.purchases_refund USING btree (contest_id, refund_key);
CREATE INDEX rejected_by_key_and_day ON public.purchases_rejectedpurchase USING btree (api_key_id, first_received_at) WHERE (NOT ((code)::text = 'entry_not_found'::text));
CREATE INDEX rejected_by_purchase ON public.purchases_rejectedpurchase USING btree (purchase_id) WHERE (purchase_id IS NOT NULL);
CREATE INDEX rejected_by_team ON public.purchases_rejectedpurchase USING btree (team_id, last_received_at DESC, id DESC);
CREATE INDEX rejected_by_team_and_email ON public.purchases_rejectedpurchase USING btree (team_id, email_key);
CREATE INDEX rejected_by_team_and_order ON public.purchases_rejectedpurchase USING btree (team_id, order_key);
CREATE INDEX rejected_by_time ON public.purchases_rejectedpurchase USING btree (last_received_at DESC, id DESC);
CREATE INDEX rejected_held_by_time ON public.purchases_rejectedpurchase USING btree (contest_id, last_received_at, id) WHERE ((state)::text = 'held'::text);
CREATE INDEX rejected_not_held_by_time ON public.purchases_rejectedpurchase USING btree (last_received_at) WHERE (NOT ((state)::text = 'held'::text));
CREATE INDEX rejected_open_by_team ON public.purchases_rejectedpurchase USING btree (team_id, contest_id) WHERE ((state)::text = 'rejected'::text);
CREATE INDEX signinfailures_by_time ON public.accounts_signinfailures USING btree (last_at);
CREATE TRIGGER audit_auditevent_append_only BEFORE DELETE OR UPDATE ON public.audit_auditevent FOR EACH ROW EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER contests_pointtransaction_append_only BEFORE DELETE OR UPDATE ON public.contests_pointtransaction FOR EACH ROW EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER contests_ruleset_append_only BEFORE DELETE OR UPDATE ON public.contests_ruleset FOR EACH ROW EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER purchases_recalculatedaward_append_only BEFORE DELETE OR UPDATE ON public.purchases_recalculatedaward FOR EACH ROW EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER purchases_refund_append_only BEFORE DELETE OR UPDATE ON public.purchases_refund FOR EACH ROW EXECUTE FUNCTION public.refuse_change();
ALTER TABLE ONLY public.accounts_invitation
    ADD CONSTRAINT accounts_invitation_accepted_by_id_ba632539_fk_accounts_user_id FOREIGN KEY (accepted_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.accounts_invitation
    ADD CONSTRAINT accounts_invitation_created_by_id_e6097355_fk_accounts_user_id FOREIGN KEY (created_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.accounts_invitation
    ADD CONSTRAINT accounts_invitation_team_id_a42a47a0_fk_accounts_team_id FOREIGN KEY (team_id) REFERENCES public.accounts_team(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.accounts_membership
    ADD CONSTRAINT accounts_membership_team_id_c9c6c909_fk_accounts_team_id FOREIGN KEY (team_id) REFERENCES public.accounts_team(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.accounts_membership
    ADD CONSTRAINT accounts_membership_user_id_487fb39e_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.accounts_user_groups
    ADD CONSTRAINT accounts_user_groups_group_id_bd11a704_fk_auth_group_id FOREIGN KEY (group_id) REFERENCES public.auth_group(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.accounts_user_groups
    ADD CONSTRAINT accounts_user_groups_user_id_52b62117_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.accounts_user_user_permissions
    ADD CONSTRAINT accounts_user_user_p_permission_id_113bb443_fk_auth_perm FOREIGN KEY (permission_id) REFERENCES public.auth_permission(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.accounts_user_user_permissions
    ADD CONSTRAINT accounts_user_user_p_user_id_e4f0a161_fk_accounts_ FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.apikeys_apikey
    ADD CONSTRAINT apikeys_apikey_created_by_id_b3c3f2e2_fk_accounts_user_id FOREIGN KEY (created_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.apikeys_apikey
    ADD CONSTRAINT apikeys_apikey_team_id_6b2f0d43_fk_accounts_team_id FOREIGN KEY (team_id) REFERENCES public.accounts_team(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.audit_auditevent
    ADD CONSTRAINT audit_auditevent_actor_id_270bb4b7_fk_accounts_user_id FOREIGN KEY (actor_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissio_permission_id_84c5c92e_fk_auth_perm FOREIGN KEY (permission_id) REFERENCES public.auth_permission(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_group_id_b120cbf9_fk_auth_group_id FOREIGN KEY (group_id) REFERENCES public.auth_group(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_content_type_id_2f476e4b_fk_django_co FOREIGN KEY (content_type_id) REFERENCES public.django_content_type(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.axes_accessattemptexpiration
    ADD CONSTRAINT axes_accessattemptex_access_attempt_id_6b73a47a_fk_axes_acce FOREIGN KEY (access_attempt_id) REFERENCES public.axes_accessattempt(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.contests_contest
    ADD CONSTRAINT contests_contest_team_id_18a33ac7_fk_accounts_team_id FOREIGN KEY (team_id) REFERENCES public.accounts_team(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.contests_entry
    ADD CONSTRAINT contests_entry_contest_id_193f2ff7_fk_contests_contest_id FOREIGN KEY (contest_id) REFERENCES public.contests_contest(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.contests_entry
    ADD CONSTRAINT contests_entry_referred_by_id_same_contest FOREIGN KEY (contest_id, referred_by_id) REFERENCES public.contests_entry(contest_id, id);
ALTER TABLE ONLY public.contests_entryimport
    ADD CONSTRAINT contests_entryimport_actor_id_d21bf9dd_fk_accounts_user_id FOREIGN KEY (actor_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.contests_entryimport
    ADD CONSTRAINT contests_entryimport_contest_id_1feec99b_fk_contests_contest_id FOREIGN KEY (contest_id) REFERENCES public.contests_contest(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.contests_entryimportrow
    ADD CONSTRAINT contests_entryimport_contest_id_31051b5e_fk_contests_ FOREIGN KEY (contest_id) REFERENCES public.contests_contest(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.contests_entryimport
    ADD CONSTRAINT contests_entryimport_job_id_a1c02ec4_fk_jobs_job_id FOREIGN KEY (job_id) REFERENCES public.jobs_job(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.contests_entryimportrow
    ADD CONSTRAINT contests_entryimportrow_entry_id_same_contest FOREIGN KEY (contest_id, entry_id) REFERENCES public.contests_entry(contest_id, id);
ALTER TABLE ONLY public.contests_entryimportrow
    ADD CONSTRAINT contests_entryimportrow_entry_import_id_same_contest FOREIGN KEY (contest_id, entry_import_id) REFERENCES public.contests_entryimport(contest_id, id);
ALTER TABLE ONLY public.contests_entrytotals
    ADD CONSTRAINT contests_entrytotals_contest_id_c9ae830b_fk_contests_contest_id FOREIGN KEY (contest_id) REFERENCES public.contests_contest(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.contests_nameword
    ADD CONSTRAINT contests_nameword_contest_id_044204c1_fk_contests_contest_id FOREIGN KEY (contest_id) REFERENCES public.contests_contest(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.contests_nameword
    ADD CONSTRAINT contests_nameword_entry_id_same_contest FOREIGN KEY (contest_id, entry_id) REFERENCES public.contests_entry(contest_id, id);
ALTER TABLE ONLY public.contests_pointrule
    ADD CONSTRAINT contests_pointrule_contest_id_67f9ba4a_fk_contests_contest_id FOREIGN KEY (contest_id) REFERENCES public.contests_contest(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.contests_pointtransaction
    ADD CONSTRAINT contests_pointtransaction_actor_id_c5cc428f_fk_accounts_user_id FOREIGN KEY (actor_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.contests_pointtransaction
    ADD CONSTRAINT contests_pointtransaction_entry_id_same_contest FOREIGN KEY (contest_id, entry_id) REFERENCES public.contests_entry(contest_id, id);
ALTER TABLE ONLY public.contests_pointtransaction
    ADD CONSTRAINT contests_pointtransaction_purchase_id_same_contest FOREIGN KEY (contest_id, purchase_id) REFERENCES public.purchases_purchase(contest_id, id);
ALTER TABLE ONLY public.contests_pointtransaction
    ADD CONSTRAINT contests_pointtransaction_undoes_id_same_contest FOREIGN KEY (contest_id, undoes_id) REFERENCES public.contests_pointtransaction(contest_id, id);
ALTER TABLE ONLY public.contests_ruleset
    ADD CONSTRAINT contests_ruleset_contest_id_d4bfa062_fk_contests_contest_id FOREIGN KEY (contest_id) REFERENCES public.contests_contest(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.contests_ruleset
    ADD CONSTRAINT contests_ruleset_published_by_id_84024e33_fk_accounts_user_id FOREIGN KEY (published_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.django_admin_log
    ADD CONSTRAINT django_admin_log_content_type_id_c4bce8eb_fk_django_co FOREIGN KEY (content_type_id) REFERENCES public.django_content_type(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.django_admin_log
    ADD CONSTRAINT django_admin_log_user_id_c564eba6_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.jobs_job
    ADD CONSTRAINT job_contest_exists FOREIGN KEY (contest_id) REFERENCES public.contests_contest(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.jobs_job
    ADD CONSTRAINT jobs_job_actor_id_81ee7fdc_fk_accounts_user_id FOREIGN KEY (actor_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.purchases_dailystat
    ADD CONSTRAINT purchases_dailystat_contest_id_6294f464_fk_contests_contest_id FOREIGN KEY (contest_id) REFERENCES public.contests_contest(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.purchases_duplicatecount
    ADD CONSTRAINT purchases_duplicatec_contest_id_cbb970f4_fk_contests_ FOREIGN KEY (contest_id) REFERENCES public.contests_contest(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.purchases_duplicatecount
    ADD CONSTRAINT purchases_duplicatecount_purchase_id_same_contest FOREIGN KEY (contest_id, purchase_id) REFERENCES public.purchases_purchase(contest_id, id);
ALTER TABLE ONLY public.purchases_pendingrefund
    ADD CONSTRAINT purchases_pendingref_api_key_id_fdcbbe37_fk_apikeys_a FOREIGN KEY (api_key_id) REFERENCES public.apikeys_apikey(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.purchases_pendingrefund
    ADD CONSTRAINT purchases_pendingref_contest_id_1c387a50_fk_contests_ FOREIGN KEY (contest_id) REFERENCES public.contests_contest(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.purchases_purchase
    ADD CONSTRAINT purchases_purchase_api_key_id_60324e51_fk_apikeys_apikey_id FOREIGN KEY (api_key_id) REFERENCES public.apikeys_apikey(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.purchases_purchase
    ADD CONSTRAINT purchases_purchase_entry_id_same_contest FOREIGN KEY (contest_id, entry_id) REFERENCES public.contests_entry(contest_id, id);
ALTER TABLE ONLY public.purchases_purchase
    ADD CONSTRAINT purchases_purchase_recalculated_award_id_same_contest FOREIGN KEY (contest_id, recalculated_award_id) REFERENCES public.purchases_recalculatedaward(contest_id, id);
ALTER TABLE ONLY public.purchases_purchase
    ADD CONSTRAINT purchases_purchase_rule_set_id_same_contest FOREIGN KEY (contest_id, rule_set_id) REFERENCES public.contests_ruleset(contest_id, id);
ALTER TABLE ONLY public.purchases_purchase
    ADD CONSTRAINT purchases_purchase_source_import_id_same_contest FOREIGN KEY (contest_id, source_import_id) REFERENCES public.purchases_purchaseimport(contest_id, id);
ALTER TABLE ONLY public.purchases_purchaseimportrow
    ADD CONSTRAINT purchases_purchaseim_contest_id_278f3e20_fk_contests_ FOREIGN KEY (contest_id) REFERENCES public.contests_contest(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.purchases_purchaseimport
    ADD CONSTRAINT purchases_purchaseim_contest_id_2963a606_fk_contests_ FOREIGN KEY (contest_id) REFERENCES public.contests_contest(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.purchases_purchaseimport
    ADD CONSTRAINT purchases_purchaseimport_actor_id_b5ee9c07_fk_accounts_user_id FOREIGN KEY (actor_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.purchases_purchaseimport
    ADD CONSTRAINT purchases_purchaseimport_job_id_9c0e88cd_fk_jobs_job_id FOREIGN KEY (job_id) REFERENCES public.jobs_job(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.purchases_purchaseimportrow
    ADD CONSTRAINT purchases_purchaseimportrow_purchase_id_same_contest FOREIGN KEY (contest_id, purchase_id) REFERENCES public.purchases_purchase(contest_id, id);
ALTER TABLE ONLY public.purchases_purchaseimportrow
    ADD CONSTRAINT purchases_purchaseimportrow_purchase_import_id_same_contest FOREIGN KEY (contest_id, purchase_import_id) REFERENCES public.purchases_purchaseimport(contest_id, id);
ALTER TABLE ONLY public.purchases_purchasetotals
    ADD CONSTRAINT purchases_purchaseto_contest_id_b006cf78_fk_contests_ FOREIGN KEY (contest_id) REFERENCES public.contests_contest(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.purchases_recalculation
    ADD CONSTRAINT purchases_recalculat_contest_id_4d544982_fk_contests_ FOREIGN KEY (contest_id) REFERENCES public.contests_contest(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.purchases_recalculatedaward
    ADD CONSTRAINT purchases_recalculat_contest_id_bee859c2_fk_contests_ FOREIGN KEY (contest_id) REFERENCES public.contests_contest(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.purchases_recalculatedaward
    ADD CONSTRAINT purchases_recalculatedaward_previous_id_same_contest FOREIGN KEY (contest_id, previous_id) REFERENCES public.purchases_recalculatedaward(contest_id, id);
ALTER TABLE ONLY public.purchases_recalculatedaward
    ADD CONSTRAINT purchases_recalculatedaward_purchase_id_same_contest FOREIGN KEY (contest_id, purchase_id) REFERENCES public.purchases_purchase(contest_id, id);
ALTER TABLE ONLY public.purchases_recalculatedaward
    ADD CONSTRAINT purchases_recalculatedaward_recalculation_id_same_contest FOREIGN KEY (contest_id, recalculation_id) REFERENCES public.purchases_recalculation(contest_id, id);
ALTER TABLE ONLY public.purchases_recalculatedaward
    ADD CONSTRAINT purchases_recalculatedaward_rule_set_id_same_contest FOREIGN KEY (contest_id, rule_set_id) REFERENCES public.contests_ruleset(contest_id, id);
ALTER TABLE ONLY public.purchases_recalculation
    ADD CONSTRAINT purchases_recalculation_actor_id_6c1aa446_fk_accounts_user_id FOREIGN KEY (actor_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.purchases_recalculation
    ADD CONSTRAINT purchases_recalculation_job_id_80e4ae19_fk_jobs_job_id FOREIGN KEY (job_id) REFERENCES public.jobs_job(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.purchases_recalculation
    ADD CONSTRAINT purchases_recalculation_rule_set_id_same_contest FOREIGN KEY (contest_id, rule_set_id) REFERENCES public.contests_ruleset(contest_id, id);
ALTER TABLE ONLY public.purchases_recalculation
    ADD CONSTRAINT purchases_recalculation_undo_job_id_ee9e90f7_fk_jobs_job_id FOREIGN KEY (undo_job_id) REFERENCES public.jobs_job(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.purchases_refund
    ADD CONSTRAINT purchases_refund_actor_id_abd16539_fk_accounts_user_id FOREIGN KEY (actor_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.purchases_refund
    ADD CONSTRAINT purchases_refund_api_key_id_1f993b76_fk_apikeys_apikey_id FOREIGN KEY (api_key_id) REFERENCES public.apikeys_apikey(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.purchases_refund
    ADD CONSTRAINT purchases_refund_contest_id_5f7485b9_fk_contests_contest_id FOREIGN KEY (contest_id) REFERENCES public.contests_contest(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.purchases_refund
    ADD CONSTRAINT purchases_refund_purchase_id_same_contest FOREIGN KEY (contest_id, purchase_id) REFERENCES public.purchases_purchase(contest_id, id);
ALTER TABLE ONLY public.purchases_rejectedpurchase
    ADD CONSTRAINT purchases_rejectedpu_api_key_id_01dc863c_fk_apikeys_a FOREIGN KEY (api_key_id) REFERENCES public.apikeys_apikey(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.purchases_rejectedpurchase
    ADD CONSTRAINT purchases_rejectedpu_contest_id_56344fda_fk_contests_ FOREIGN KEY (contest_id) REFERENCES public.contests_contest(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.purchases_rejectedpurchase
    ADD CONSTRAINT purchases_rejectedpu_purchase_id_7b5dc7c0_fk_purchases FOREIGN KEY (purchase_id) REFERENCES public.purchases_purchase(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.purchases_rejectedpurchase
    ADD CONSTRAINT purchases_rejectedpurchase_rule_set_id_same_contest FOREIGN KEY (contest_sent, rule_set_id) REFERENCES public.contests_ruleset(contest_id, id);
ALTER TABLE ONLY public.purchases_rejectedpurchase
    ADD CONSTRAINT purchases_rejectedpurchase_team_id_4e4d4043_fk_accounts_team_id FOREIGN KEY (team_id) REFERENCES public.accounts_team(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.purchases_retentiongap
    ADD CONSTRAINT purchases_retentiong_contest_id_ec1fbfbb_fk_contests_ FOREIGN KEY (contest_id) REFERENCES public.contests_contest(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.purchases_rollupcursor
    ADD CONSTRAINT purchases_rollupcurs_contest_id_94b765e4_fk_contests_ FOREIGN KEY (contest_id) REFERENCES public.contests_contest(id) DEFERRABLE INITIALLY DEFERRED;
