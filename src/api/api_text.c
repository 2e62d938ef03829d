/* api_text.c -- see api_text.h: field_text.c with the tables of the operation. */
#include "api/api_text.h"

#include "api/dispatch.h"
#include "api/field_text.h"
#include "api/reply_shape.h"

static const struct field_shape *request_shape(struct span operation)
{
    static const struct field_shape none = {0};
    const struct dispatch_entry *entry = dispatch_find_name(operation);
    return entry == NULL || entry->op == NULL ? &none : &entry->op->shape;
}

void api_text_request(struct span operation, struct value request, struct buf *json)
{
    struct json_writer writer;
    json_writer_init(&writer, json);
    field_text_write(request_shape(operation), request, &writer);
}

status api_text_read_request(struct span operation, struct span json, struct arena *arena,
                             struct value *out, struct error *err)
{
    return field_text_read(request_shape(operation), json, arena, out, err);
}

status api_text_reply(struct span operation, struct span json, struct arena *arena,
                      struct value *out, struct error *err)
{
    if (json.len == 0) json = SPAN("{}");
    const status st = field_text_read(reply_shape_find(operation), json, arena, out, err);
    if (st == ST_OK || st == ST_NO_MEMORY) return st;
    return FAIL_PLAIN(err, ST_PROTOCOL);
}
