/* reply_writer.h -- a reply, member by member, as JSON text or as a value.
 *
 * Operations say what they answer once, with the calls of json_writer.h; where it goes is settled
 * when the call begins:
 *
 *     JSON text    written at once (json_writer.h): what the server sends
 *     a value      one VALUE_M of the call's arena (reply_tree.h): what a caller in the process is
 *                  given. Names of members ascend there in whatever order they are written.
 *
 * Failure sticks, as in a buf; reply_writer_status tells. For text each call here is one test more
 * than the call it stands for.
 */
#ifndef STATOR_API_REPLY_WRITER_H
#define STATOR_API_REPLY_WRITER_H

#include "api/reply_tree.h"
#include "item/value.h"
#include "item/wire.h"
#include "json/json_writer.h"

struct reply_writer {
    struct json_writer json;
    struct reply_tree *tree; /* NULL: text */
};

static inline void reply_writer_object_begin(struct reply_writer *reply)
{
    if (reply->tree != NULL)
        reply_tree_begin(reply->tree, VALUE_M);
    else
        json_writer_object_begin(&reply->json);
}

static inline void reply_writer_object_end(struct reply_writer *reply)
{
    if (reply->tree != NULL)
        reply_tree_end(reply->tree);
    else
        json_writer_object_end(&reply->json);
}

static inline void reply_writer_array_begin(struct reply_writer *reply)
{
    if (reply->tree != NULL)
        reply_tree_begin(reply->tree, VALUE_L);
    else
        json_writer_array_begin(&reply->json);
}

static inline void reply_writer_array_end(struct reply_writer *reply)
{
    if (reply->tree != NULL)
        reply_tree_end(reply->tree);
    else
        json_writer_array_end(&reply->json);
}

static inline void reply_writer_key(struct reply_writer *reply, struct span name)
{
    if (reply->tree != NULL)
        reply_tree_key(reply->tree, name);
    else
        json_writer_key(&reply->json, name);
}

static inline void reply_writer_string(struct reply_writer *reply, struct span text)
{
    if (reply->tree != NULL)
        reply_tree_scalar(reply->tree, (struct value){VALUE_S, text});
    else
        json_writer_string(&reply->json, text);
}

/* A number of JSON, as its text. */
static inline void reply_writer_number(struct reply_writer *reply, struct span text)
{
    if (reply->tree != NULL)
        reply_tree_number(reply->tree, text);
    else
        json_writer_raw(&reply->json, text);
}

static inline void reply_writer_i64(struct reply_writer *reply, int64_t n)
{
    if (reply->tree != NULL)
        reply_tree_i64(reply->tree, n);
    else
        json_writer_i64(&reply->json, n);
}

static inline void reply_writer_bool(struct reply_writer *reply, bool b)
{
    const uint8_t body = b;
    if (reply->tree != NULL)
        reply_tree_scalar(reply->tree, (struct value){
                                           VALUE_BOOL, {&body, 1}
        });
    else
        json_writer_bool(&reply->json, b);
}

/* The attributes of `map`, an item: in text each with its type, {"pk": {"S": "a"}}. */
static inline void reply_writer_item(struct reply_writer *reply, struct value map)
{
    if (reply->tree != NULL)
        reply_tree_scalar(reply->tree, map);
    else
        wire_write_map(&reply->json, map);
}

/* A member in one call; `name` is a string literal or other NUL-terminated text. */
static inline void reply_writer_member_string(struct reply_writer *reply, const char *name,
                                              struct span text)
{
    reply_writer_key(reply, span_of(name));
    reply_writer_string(reply, text);
}

static inline void reply_writer_member_i64(struct reply_writer *reply, const char *name, int64_t n)
{
    reply_writer_key(reply, span_of(name));
    reply_writer_i64(reply, n);
}

static inline void reply_writer_member_bool(struct reply_writer *reply, const char *name, bool b)
{
    reply_writer_key(reply, span_of(name));
    reply_writer_bool(reply, b);
}

/* ST_OK, or the first failure: ST_NO_MEMORY, ST_LIMIT. */
MUST_USE static inline status reply_writer_status(const struct reply_writer *reply)
{
    return reply->tree != NULL ? reply_tree_status(reply->tree) : buf_status(reply->json.buf);
}

#endif
