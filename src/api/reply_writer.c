/* reply_writer.c -- see reply_writer.h: one test each. */
#include "api/reply_writer.h"

#include "item/wire.h"

void reply_writer_object_begin(struct reply_writer *reply)
{
    if (reply->tree != NULL)
        reply_tree_begin(reply->tree, VALUE_M);
    else
        json_writer_object_begin(&reply->json);
}

void reply_writer_object_end(struct reply_writer *reply)
{
    if (reply->tree != NULL)
        reply_tree_end(reply->tree);
    else
        json_writer_object_end(&reply->json);
}

void reply_writer_array_begin(struct reply_writer *reply)
{
    if (reply->tree != NULL)
        reply_tree_begin(reply->tree, VALUE_L);
    else
        json_writer_array_begin(&reply->json);
}

void reply_writer_array_end(struct reply_writer *reply)
{
    if (reply->tree != NULL)
        reply_tree_end(reply->tree);
    else
        json_writer_array_end(&reply->json);
}

void reply_writer_key(struct reply_writer *reply, struct span name)
{
    if (reply->tree != NULL)
        reply_tree_key(reply->tree, name);
    else
        json_writer_key(&reply->json, name);
}

void reply_writer_string(struct reply_writer *reply, struct span text)
{
    if (reply->tree != NULL)
        reply_tree_scalar(reply->tree, (struct value){VALUE_S, text});
    else
        json_writer_string(&reply->json, text);
}

void reply_writer_number(struct reply_writer *reply, struct span text)
{
    if (reply->tree != NULL)
        reply_tree_number(reply->tree, text);
    else
        json_writer_raw(&reply->json, text);
}

void reply_writer_i64(struct reply_writer *reply, int64_t n)
{
    if (reply->tree != NULL)
        reply_tree_i64(reply->tree, n);
    else
        json_writer_i64(&reply->json, n);
}

void reply_writer_bool(struct reply_writer *reply, bool b)
{
    const uint8_t body = b;
    if (reply->tree != NULL)
        reply_tree_scalar(reply->tree, (struct value){
                                           VALUE_BOOL, {&body, 1}
        });
    else
        json_writer_bool(&reply->json, b);
}

void reply_writer_item(struct reply_writer *reply, struct value map)
{
    if (reply->tree != NULL)
        reply_tree_scalar(reply->tree, map);
    else
        wire_write_map(&reply->json, map);
}

void reply_writer_member_string(struct reply_writer *reply, const char *name, struct span text)
{
    reply_writer_key(reply, span_of(name));
    reply_writer_string(reply, text);
}

void reply_writer_member_i64(struct reply_writer *reply, const char *name, int64_t n)
{
    reply_writer_key(reply, span_of(name));
    reply_writer_i64(reply, n);
}

void reply_writer_member_bool(struct reply_writer *reply, const char *name, bool b)
{
    reply_writer_key(reply, span_of(name));
    reply_writer_bool(reply, b);
}

status reply_writer_status(const struct reply_writer *reply)
{
    return reply->tree != NULL ? reply_tree_status(reply->tree) : buf_status(reply->json.buf);
}
