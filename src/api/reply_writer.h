/* reply_writer.h -- a reply, member by member, as JSON text or as a value.
 *
 * Operations say what they answer once, with the calls of json_writer.h; where it goes is settled
 * when the call begins:
 *
 *     JSON text    written at once (json_writer.h): what the server sends
 *     a value      one VALUE_M of the call's arena (reply_tree.h): what a caller in the process is
 *                  given. Names of members ascend there in whatever order they are written.
 *
 * Failure sticks, as in a buf; reply_writer_status tells.
 */
#ifndef STATOR_API_REPLY_WRITER_H
#define STATOR_API_REPLY_WRITER_H

#include "api/reply_tree.h"
#include "item/value.h"
#include "json/json_writer.h"

struct reply_writer {
    struct json_writer json;
    struct reply_tree *tree; /* NULL: text */
};

void reply_writer_object_begin(struct reply_writer *reply);
void reply_writer_object_end(struct reply_writer *reply);
void reply_writer_array_begin(struct reply_writer *reply);
void reply_writer_array_end(struct reply_writer *reply);
void reply_writer_key(struct reply_writer *reply, struct span name);
void reply_writer_string(struct reply_writer *reply, struct span text);
void reply_writer_i64(struct reply_writer *reply, int64_t n);
void reply_writer_bool(struct reply_writer *reply, bool b);

/* A number of JSON, as its text. */
void reply_writer_number(struct reply_writer *reply, struct span text);

/* The attributes of `map`, an item: in text each with its type, {"pk": {"S": "a"}}. */
void reply_writer_item(struct reply_writer *reply, struct value map);

/* A member in one call; `name` is a string literal or other NUL-terminated text. */
void reply_writer_member_string(struct reply_writer *reply, const char *name, struct span text);
void reply_writer_member_i64(struct reply_writer *reply, const char *name, int64_t n);
void reply_writer_member_bool(struct reply_writer *reply, const char *name, bool b);

/* ST_OK, or the first failure: ST_NO_MEMORY, ST_LIMIT. */
MUST_USE status reply_writer_status(const struct reply_writer *reply);

#endif
