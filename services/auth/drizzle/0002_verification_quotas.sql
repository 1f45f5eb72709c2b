CREATE TABLE "auth"."verification_quotas" (
	"email" text PRIMARY KEY NOT NULL,
	"mails" integer NOT NULL,
	"failed_attempts" integer NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL
);
