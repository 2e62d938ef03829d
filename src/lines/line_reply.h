/* line_reply.h -- the answer to a line: {"ok":true,…} or {"error":NAME,"message":TEXT,…}. */
#ifndef STATOR_LINES_LINE_REPLY_H
#define STATOR_LINES_LINE_REPLY_H

#include "lines/line_turn.h"

/* Begin {"ok":true; members are written to turn->json, then line_reply_end. */
void line_reply_begin(struct line_turn *turn);
void line_reply_end(struct line_turn *turn);

/* The whole of {"ok":true}. */
void line_reply_ok(struct line_turn *turn);

/* The whole of {"ok":true,"item":{…}}; without the member when `item` is VALUE_NONE. */
void line_reply_item(struct line_turn *turn, struct value item);

/* A member whose value is plain JSON; none at all when `v` is VALUE_NONE. */
void line_reply_member(struct line_turn *turn, const char *name, struct value v);

/* The whole of the failure that the turn tells of, in the place of whatever was written. */
void line_reply_error(struct line_turn *turn, status st);

/* Behind the members of the answer, which is written: "explanation", as the api gave it for the
 * last that was asked of it. None at all where it gave none, or there is no memory. */
void line_reply_explain(struct line_turn *turn);

/* {"error":…,"message":…} of a status, without a turn. */
void line_reply_plain_error(struct buf *reply, status st, const char *message);

/* Say in turn->failure that an item does not fit the partition schema of `prefix` (VALUE_S), and
 * why (VALUE_L of VALUE_S). */
void line_reply_note_misfit(struct line_turn *turn, struct value prefix, struct value errors);

/* Say in turn->err and turn->failure what the api's answer says of its refusal. */
void line_reply_take_error(struct line_turn *turn);

#endif
