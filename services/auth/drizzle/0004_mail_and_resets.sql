CREATE TABLE "auth"."mail_outbox" (
	"id" uuid PRIMARY KEY NOT NULL,
	"sealed" "bytea" NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"due_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "auth"."password_resets" (
	"email" text PRIMARY KEY NOT NULL,
	"user_id" uuid,
	"token_hash" "bytea" NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "auth"."quotas" (
	"purpose" text NOT NULL,
	"email" text NOT NULL,
	"source" text NOT NULL,
	"mails" integer NOT NULL,
	"failed_attempts" integer NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "quotas_purpose_email_source_pk" PRIMARY KEY("purpose","email","source")
);
--> statement-breakpoint
ALTER TABLE "auth"."sessions" ADD COLUMN "language" text DEFAULT 'en' NOT NULL;--> statement-breakpoint
ALTER TABLE "auth"."password_resets" ADD CONSTRAINT "password_resets_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "auth"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "mail_outbox_due_at" ON "auth"."mail_outbox" USING btree ("due_at");--> statement-breakpoint
CREATE UNIQUE INDEX "password_resets_token" ON "auth"."password_resets" USING btree ("token_hash");--> statement-breakpoint
CREATE INDEX "password_resets_user" ON "auth"."password_resets" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "password_resets_expires_at" ON "auth"."password_resets" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "quotas_expires_at" ON "auth"."quotas" USING btree ("expires_at");