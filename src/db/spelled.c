/* spelled.c -- see spelled.h. DynamoDB's expressions have no strings in quotes: a # or : always
 * begins a placeholder. */
#include "db/spelled.h"

#include "db/answer.h"
#include "item/plain.h"

static bool is_of_name(uint8_t c)
{
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The bytes of the placeholder that begins `text`, its sign included. */
static size_t length_of(struct span text)
{
    size_t len = 1;
    while (len < text.len && is_of_name(text.ptr[len])) len++;
    return len;
}

static void put_placeholder(struct span placeholder, struct value parameters, struct buf *out)
{
    const bool is_name = placeholder.ptr[0] == '#';
    const char *maps = is_name ? "ExpressionAttributeNames" : "ExpressionAttributeValues";
    const struct value map = answer_member(parameters, maps, VALUE_M);
    struct value found = {0};
    struct json_writer json;
    if (map.type == VALUE_NONE || !value_find(map, placeholder, &found)) {
        buf_put(out, placeholder);
    } else if (is_name) {
        buf_put(out, found.body);
    } else {
        json_writer_init(&json, out);
        plain_write(&json, found);
    }
}

void spelled_out(struct span text, struct value parameters, struct buf *out)
{
    while (text.len > 0) {
        const bool is_placeholder = text.ptr[0] == '#' || text.ptr[0] == ':';
        const size_t len = is_placeholder ? length_of(text) : 1;
        if (is_placeholder) {
            put_placeholder(span_take(text, len), parameters, out);
        } else {
            buf_put_u8(out, text.ptr[0]);
        }
        text = span_drop(text, len);
    }
}
