/* page_token.c -- see page_token.h. */
#include "db/page_token.h"

#include "base/limits.h"
#include "item/base64.h"
#include "item/wire.h"

static const char not_a_token[] = "start_token is none that a page was given";

/* ---- the alphabets: base64url has two other characters */

static void change(uint8_t *text, size_t len, const char *from, const char *to)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] == (uint8_t)from[0]) text[i] = (uint8_t)to[0];
        if (text[i] == (uint8_t)from[1]) text[i] = (uint8_t)to[1];
    }
}

static struct buf new_buf(struct arena *arena)
{
    struct buf buf;
    buf_init(&buf, arena_mem(arena), LIMIT_REQUEST_ARENA_BYTES);
    return buf;
}

/* ---- writing */

static void write_json(const struct page_token *token, struct buf *out)
{
    struct json_writer json;
    json_writer_init(&json, out);
    json_writer_object_begin(&json);
    json_writer_key(&json, SPAN("lastKey"));
    wire_write_map(&json, token->last_key);
    if (token->index.len > 0) json_writer_member_string(&json, "index", token->index);
    json_writer_member_string(&json, "sort", token->descending ? SPAN("DESC") : SPAN("ASC"));
    json_writer_object_end(&json);
}

const char *page_token_write(const struct page_token *token, struct arena *arena)
{
    struct buf json = new_buf(arena);
    write_json(token, &json);
    if (buf_status(&json) != ST_OK) return NULL;
    struct buf text = new_buf(arena);
    json_writer_base64_text(&text, buf_view(&json));
    if (buf_status(&text) == ST_OK) change(text.ptr, text.len, "+/", "-_");
    buf_put_u8(&text, '\0');
    return buf_status(&text) == ST_OK ? (const char *)text.ptr : NULL;
}

/* ---- reading */

static status read_member(struct json_reader *json, struct span key, struct page_token *out,
                          struct error *late)
{
    json_token token = JSON_END;
    struct span text = {0};
    struct error err = error_in(json->arena);
    TRY(json_reader_next(json, &token, &text));
    if (span_eq(key, SPAN("lastKey")) && token == JSON_OBJECT_BEGIN)
        return wire_read_map(json, token, &out->last_key, late, &err);
    if (span_eq(key, SPAN("index")) && token == JSON_STRING) out->index = text;
    if (span_eq(key, SPAN("sort")) && token == JSON_STRING)
        out->descending = span_eq(text, SPAN("DESC"));
    return json_reader_skip(json, token);
}

static status read_json(struct span text, struct arena *arena, struct page_token *out)
{
    struct json_reader json;
    json_token token = JSON_END;
    struct span key = {0};
    struct error late = error_in(arena);
    json_reader_init(&json, arena, text);
    TRY(json_reader_next(&json, &token, &key));
    if (token != JSON_OBJECT_BEGIN) return ST_SERIALIZATION;
    for (;;) {
        TRY(json_reader_next(&json, &token, &key));
        if (token == JSON_OBJECT_END) break;
        TRY(read_member(&json, key, out, &late));
    }
    TRY(json_reader_next(&json, &token, &key));
    const bool is_whole = out->last_key.type == VALUE_M && late.status == ST_OK;
    return is_whole ? ST_OK : ST_SERIALIZATION;
}

static status decode(struct span text, struct arena *arena, struct span *out)
{
    struct error err = error_in(arena);
    struct buf standard = new_buf(arena);
    buf_put(&standard, text);
    TRY(buf_status(&standard));
    change(standard.ptr, standard.len, "-_", "+/");
    struct buf json = new_buf(arena);
    TRY(base64_decode(buf_view(&standard), &json, &err));
    *out = buf_view(&json);
    return buf_status(&json);
}

status page_token_read(struct span text, struct arena *arena, struct page_token *of,
                       struct error *err)
{
    struct page_token read = {0};
    struct span json = {0};
    status st = decode(text, arena, &json);
    if (st == ST_OK) st = read_json(json, arena, &read);
    if (st == ST_NO_MEMORY) return FAIL_PLAIN(err, st);
    if (st != ST_OK) return FAIL(err, ST_VALIDATION, "%s", not_a_token);
    if (!span_eq(read.index, of->index) || read.descending != of->descending)
        return FAIL(err, ST_VALIDATION, "start_token is of another index or direction");
    of->last_key = read.last_key;
    return ST_OK;
}
