CREATE SCHEMA IF NOT EXISTS "chat";
--> statement-breakpoint
CREATE TABLE "chat"."members" (
	"room_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"role" text NOT NULL,
	"read_seq" bigint DEFAULT 0 NOT NULL,
	"history_from_seq" bigint DEFAULT 1 NOT NULL,
	"joined_rev" bigint DEFAULT 0 NOT NULL,
	"is_hidden" boolean DEFAULT false NOT NULL,
	"is_muted" boolean DEFAULT false NOT NULL,
	"joined_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "members_room_id_user_id_pk" PRIMARY KEY("room_id","user_id"),
	CONSTRAINT "members_role" CHECK ("chat"."members"."role" IN ('owner', 'member'))
);
--> statement-breakpoint
CREATE TABLE "chat"."messages" (
	"room_id" uuid NOT NULL,
	"seq" bigint NOT NULL,
	"rev" bigint NOT NULL,
	"kind" text NOT NULL,
	"sender_id" uuid NOT NULL,
	"client_id" uuid,
	"text" text,
	"notice" jsonb,
	"reply_to" bigint,
	"reactions" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"edited_at" timestamp (3) with time zone,
	"deleted_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "messages_room_id_seq_pk" PRIMARY KEY("room_id","seq"),
	CONSTRAINT "messages_kind" CHECK ("chat"."messages"."kind" IN ('text', 'notice'))
);
--> statement-breakpoint
CREATE TABLE "chat"."rooms" (
	"id" uuid PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"title" text,
	"direct_pair" text,
	"created_by" uuid NOT NULL,
	"creation_id" uuid,
	"last_seq" bigint DEFAULT 0 NOT NULL,
	"rev" bigint DEFAULT 0 NOT NULL,
	"member_count" integer NOT NULL,
	"last_activity_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "rooms_kind" CHECK ("chat"."rooms"."kind" IN ('direct', 'group'))
);
--> statement-breakpoint
ALTER TABLE "chat"."members" ADD CONSTRAINT "members_room_id_rooms_id_fk" FOREIGN KEY ("room_id") REFERENCES "chat"."rooms"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "members_user" ON "chat"."members" USING btree ("user_id");--> statement-breakpoint
CREATE UNIQUE INDEX "messages_rev" ON "chat"."messages" USING btree ("room_id","rev");--> statement-breakpoint
CREATE UNIQUE INDEX "messages_client_id" ON "chat"."messages" USING btree ("room_id","sender_id","client_id");--> statement-breakpoint
CREATE UNIQUE INDEX "rooms_direct_pair" ON "chat"."rooms" USING btree ("direct_pair");--> statement-breakpoint
CREATE UNIQUE INDEX "rooms_creation" ON "chat"."rooms" USING btree ("created_by","creation_id");