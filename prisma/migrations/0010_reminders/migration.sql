-- That a card still waits is said once in the thread of its message, as it is when it becomes critical.
ALTER TABLE "slack_messages" ADD COLUMN "told_reminder" BOOLEAN NOT NULL DEFAULT false, ADD COLUMN "reminder_intended_at" TIMESTAMPTZ(3);
