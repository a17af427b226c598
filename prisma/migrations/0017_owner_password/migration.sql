-- CreateTable
-- The OWNER_PASSWORD that a start applied last, as its salted hash: a restart with the same one leaves a later password alone.
CREATE TABLE "owner_passwords" (
    "user_id" TEXT NOT NULL,
    "password_hash" TEXT NOT NULL,
    "applied_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "owner_passwords_pkey" PRIMARY KEY ("user_id")
);

-- AddForeignKey
ALTER TABLE "owner_passwords" ADD CONSTRAINT "owner_passwords_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user"("id") ON DELETE CASCADE ON UPDATE CASCADE;

grant select, insert, update on owner_passwords to execops_app;
