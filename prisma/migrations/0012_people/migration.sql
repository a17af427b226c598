-- When a session was last used, noted at most once a minute, and the organisation its person joined by it.
ALTER TABLE "session" ADD COLUMN "last_seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP, ADD COLUMN "org_id" UUID;

-- Somebody who was asked to join. Of the link that was mailed, only the digest of its token is kept.
CREATE TABLE "invitations" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "org_id" UUID NOT NULL,
    "email" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "token_hash" TEXT NOT NULL,
    "invited_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "accepted_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "invitations_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "invitations_token_hash_key" ON "invitations"("token_hash");

alter table invitations add constraint invitations_role check (role in ('owner', 'ops_lead', 'viewer'));

-- An address has one link that works: a newer invitation replaces it.
create unique index invitations_one_open on invitations (org_id, lower(email)) where accepted_at is null and revoked_at is null;

grant select, insert on invitations to execops_app;
grant update (accepted_at, revoked_at) on invitations to execops_app;

-- CreateTable
-- A passkey's public half; its id is the credential's, in base64url.
CREATE TABLE "passkeys" (
    "id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "public_key" BYTEA NOT NULL,
    "counter" BIGINT NOT NULL DEFAULT 0,
    "transports" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "device_type" TEXT NOT NULL,
    "backed_up" BOOLEAN NOT NULL DEFAULT false,
    "aaguid" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_used_at" TIMESTAMPTZ(3),

    CONSTRAINT "passkeys_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "passkeys_user_id_idx" ON "passkeys"("user_id");

-- AddForeignKey
ALTER TABLE "passkeys" ADD CONSTRAINT "passkeys_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user"("id") ON DELETE CASCADE ON UPDATE CASCADE;

grant select, insert, update, delete on passkeys to execops_app;

-- CreateTable
-- What a passkey is asked to sign, once and soon; a step-up names the version that is to be approved.
CREATE TABLE "webauthn_challenges" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "challenge" TEXT NOT NULL,
    "purpose" TEXT NOT NULL,
    "user_id" TEXT,
    "session_id" TEXT,
    "proposal_id" UUID,
    "payload_hash" TEXT,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "webauthn_challenges_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "webauthn_challenges_challenge_key" ON "webauthn_challenges"("challenge");

-- CreateIndex
CREATE INDEX "webauthn_challenges_expires_at_idx" ON "webauthn_challenges"("expires_at");

alter table webauthn_challenges add constraint webauthn_challenges_purpose check (purpose in ('register', 'sign_in', 'step_up'));

grant select, insert, delete on webauthn_challenges to execops_app;

-- CreateTable
-- That a person confirmed one version of one proposal with a passkey. Its id is the digest of a one-time token.
CREATE TABLE "step_ups" (
    "id" TEXT NOT NULL,
    "org_id" UUID NOT NULL,
    "user_id" TEXT NOT NULL,
    "proposal_id" UUID NOT NULL,
    "payload_hash" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),

    CONSTRAINT "step_ups_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "step_ups_expires_at_idx" ON "step_ups"("expires_at");

grant select, insert, delete on step_ups to execops_app;
grant update (used_at) on step_ups to execops_app;

-- CreateTable
-- How often somebody tried, as rate-limiter-flexible counts it (milliseconds since 1970). Losing it in a crash harms nobody.
CREATE TABLE "rate_limits" (
    "key" VARCHAR(255) NOT NULL,
    "points" INTEGER NOT NULL DEFAULT 0,
    "expire" BIGINT,

    CONSTRAINT "rate_limits_pkey" PRIMARY KEY ("key")
);

alter table rate_limits set unlogged;

grant select, insert, update, delete on rate_limits to execops_app;
