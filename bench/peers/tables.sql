-- The lean tables of the limit and of the peers: no more than the work needs.
CREATE TABLE api_key (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    team_id bigint NOT NULL,
    digest text NOT NULL UNIQUE,
    revoked_at timestamptz
);
CREATE TABLE contest (
    id text PRIMARY KEY,
    team_id bigint NOT NULL
);
CREATE TABLE rule (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    contest_id text NOT NULL,
    points_per_unit numeric NOT NULL,
    fixed_points bigint NOT NULL,
    currency text NOT NULL,
    amount_from numeric NOT NULL
);
CREATE INDEX ON rule (contest_id);
CREATE TABLE entry (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    contest_id text NOT NULL,
    email text NOT NULL,
    points bigint NOT NULL DEFAULT 0,
    UNIQUE (contest_id, email)
);
CREATE TABLE purchase (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    contest_id text NOT NULL,
    entry_id bigint NOT NULL,
    order_id text NOT NULL,
    amount numeric NOT NULL,
    currency text NOT NULL,
    points bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (contest_id, order_id)
);
CREATE TABLE ledger_line (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    contest_id text NOT NULL,
    entry_id bigint NOT NULL,
    purchase_id bigint NOT NULL,
    points bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
