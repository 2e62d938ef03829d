/* explain.c -- see explain.h. The line is written as often as it takes to fit: each time with
 * narrower bounds, the last of which always do.
 */
#include "api/explain.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "item/wire.h"

/* How much of everything is shown; what the last one allows is far below the limit even where every
 * byte becomes six ("\u0001"). */
struct bounds {
    size_t bytes; /* of a text or value */
    uint32_t actions, reasons, operands;
};

static const struct bounds bounds_by_size[] = {
    {EXPR_VALUE_BYTES, LIMIT_TRANSACTION_ITEMS, EXPR_REASONS_MAX, EXPR_SEEN_MAX},
    {48,               LIMIT_TRANSACTION_ITEMS, EXPR_REASONS_MAX, EXPR_SEEN_MAX},
    {32,               10,                      4,                4            },
    {16,               4,                       2,                4            },
    {12,               1,                       1,                4            },
};

/* A line being written. */
struct telling {
    const struct bounds *bounds;
    struct arena *arena;
    struct json_writer json;
    bool has_item; /* the tests were judged: they saw something, or that it is missing */
};

typedef void(tell_fn)(struct telling *t, const void *what);

static const char *const words[] = {"condition", "query", "scan", "all", "true", "1"};

bool explain_is_asked(struct span wish)
{
    for (size_t i = 0; i < ARRAY_COUNT(words); i++)
        if (span_eq_nocase(wish, span_of(words[i]))) return true;
    return false;
}

/* ---- the line */

/* `code` as JSON has it in ASCII. */
static void put_escaped(struct buf *out, uint32_t code)
{
    if (code < 0x7F) {
        buf_put_u8(out, (uint8_t)code);
    } else if (code < 0x10000) {
        buf_printf(out, "\\u%04x", code);
    } else {
        buf_printf(out, "\\u%04x\\u%04x", 0xD7C0 + (code >> 10), 0xDC00 + (code & 0x3FF));
    }
}

/* What was written, in ASCII. Only strings hold anything else, and controls are escaped. */
static status to_ascii(struct span json, struct arena *arena, struct span *out)
{
    struct buf line;
    buf_init(&line, arena_mem(arena), LIMIT_EXPLANATION_BYTES);
    while (json.len > 0) put_escaped(&line, utf8_decode(&json));
    *out = buf_view(&line);
    return buf_status(&line);
}

static status tell_within(struct call *call, const struct bounds *bounds, tell_fn *fn,
                          const void *what, struct span *out)
{
    struct buf text;
    struct telling t = {.bounds = bounds, .arena = call->arena};
    buf_init(&text, arena_mem(call->arena), LIMIT_EXPLANATION_BYTES);
    json_writer_init(&t.json, &text);
    json_writer_object_begin(&t.json);
    json_writer_member_string(&t.json, "operation", span_of(call->op_name));
    fn(&t, what);
    json_writer_object_end(&t.json);
    TRY(buf_status(&text));
    return to_ascii(buf_view(&text), call->arena, out);
}

static void tell(struct call *call, tell_fn *fn, const void *what)
{
    status st = ST_LIMIT;
    for (size_t i = 0; i < ARRAY_COUNT(bounds_by_size) && st == ST_LIMIT; i++) {
        struct span line = {0};
        st = tell_within(call, &bounds_by_size[i], fn, what, &line);
        if (st == ST_OK) call->explanation = line;
    }
    assert(st != ST_LIMIT);
}

/* ---- parts of it */

/* Does it fit so far? What follows would be left out anyway. */
static bool fits(const struct telling *t)
{
    return buf_status(t->json.buf) == ST_OK;
}

static void put_key(struct telling *t, const char *name)
{
    json_writer_key(&t->json, span_of(name));
}

/* A text; one that was cut, or is here, ends with a mark. */
static void put_text(struct telling *t, const char *name, struct excerpt text)
{
    const struct excerpt shown = excerpt_text(text.text, t->bounds->bytes);
    put_key(t, name);
    if (!shown.cut && !text.cut) {
        json_writer_string(&t->json, shown.text);
        return;
    }
    struct buf marked;
    buf_init(&marked, arena_mem(t->arena), EXPR_TEXT_BYTES);
    buf_put(&marked, shown.text);
    buf_put(&marked, SPAN("…"));
    json_writer_string(&t->json, buf_view(&marked));
}

static void put_count(struct telling *t, const char *name, uint32_t count)
{
    if (count > 0) json_writer_member_i64(&t->json, name, count);
}

static void put_value(struct telling *t, const struct expr_seen *seen)
{
    struct value shown = seen->value;
    bool cut = false;
    if (excerpt_value(&shown, t->bounds->bytes, t->arena, &cut) != ST_OK) return;
    put_key(t, "value");
    wire_write_value(&t->json, shown);
    if (!cut && !seen->cut) return;
    json_writer_member_bool(&t->json, "cut", true);
    json_writer_member_i64(&t->json, "bytes", seen->bytes);
}

static void put_seen(struct telling *t, const struct expr_seen *seen)
{
    const bool is_path = seen->path.text.len > 0;
    json_writer_object_begin(&t->json);
    put_text(t, "text", seen->text);
    if (is_path) put_text(t, "path", seen->path);
    if (seen->value.type != VALUE_NONE)
        put_value(t, seen);
    else if (t->has_item)
        json_writer_member_bool(&t->json, "missing", true);
    json_writer_object_end(&t->json);
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static void put_reason(struct telling *t, const struct expr_reason *reason)
{
    const uint32_t count = least(reason->seen_count, t->bounds->operands);
    json_writer_object_begin(&t->json);
    put_text(t, "part", reason->text);
    if (t->has_item) json_writer_member_bool(&t->json, "held", reason->held);
    json_writer_member_string(&t->json, "operator", span_of(reason->op));
    put_key(t, "operands");
    json_writer_array_begin(&t->json);
    for (uint32_t i = 0; i < count; i++) put_seen(t, &reason->seen[i]);
    json_writer_array_end(&t->json);
    put_count(t, "operands_left_out", reason->seen_count - count + reason->unseen_count);
    json_writer_object_end(&t->json);
}

static void put_reasons(struct telling *t, const char *name, const struct expr_explanation *told)
{
    const uint32_t count = least(told->reason_count, t->bounds->reasons);
    put_key(t, name);
    json_writer_array_begin(&t->json);
    for (uint32_t i = 0; i < count && fits(t); i++) put_reason(t, &told->reasons[i]);
    json_writer_array_end(&t->json);
    put_count(t, "parts_left_out", told->reason_count - count + told->left_out);
}

static void put_condition(struct telling *t, const struct expr_explanation *told)
{
    t->has_item = true;
    json_writer_member_string(&t->json, "condition", told->holds ? SPAN("held") : SPAN("failed"));
    json_writer_member_bool(&t->json, "item_found", told->has_item);
    put_reasons(t, "because", told);
}

static void tell_note(struct telling *t, const void *what)
{
    json_writer_member_string(&t->json, "note", span_of(what));
}

/* ---- one write */

static void tell_write(struct telling *t, const void *what)
{
    put_condition(t, what);
}

void explain_write(struct call *call, const struct engine_write *write)
{
    if (!call->explains) return;
    if (write->explanation != NULL)
        tell(call, tell_write, write->explanation);
    else
        tell(call, tell_note,
             write->condition == NULL ? "the request has no condition" : "no condition was judged");
}

/* ---- a transaction */

static bool has_failed(const struct engine_write *write)
{
    return write->explanation != NULL && !write->explanation->holds;
}

static bool any_failed(const struct engine_many *many)
{
    for (uint32_t i = 0; i < many->count; i++)
        if (has_failed(&many->writes[i])) return true;
    return false;
}

static bool any_judged(const struct engine_many *many)
{
    for (uint32_t i = 0; i < many->count; i++)
        if (many->writes[i].explanation != NULL) return true;
    return false;
}

static void put_action(struct telling *t, uint32_t index, const struct expr_explanation *told)
{
    json_writer_object_begin(&t->json);
    json_writer_member_i64(&t->json, "index", index);
    put_condition(t, told);
    json_writer_object_end(&t->json);
}

static void tell_many(struct telling *t, const void *what)
{
    const struct engine_many *many = what;
    const bool only_failed = any_failed(many);
    uint32_t count = 0;
    put_key(t, "actions");
    json_writer_array_begin(&t->json);
    for (uint32_t i = 0; i < many->count && fits(t); i++) {
        const struct engine_write *write = &many->writes[i];
        if (write->explanation == NULL || (only_failed && !has_failed(write))) continue;
        if (count++ < t->bounds->actions) put_action(t, i, write->explanation);
    }
    json_writer_array_end(&t->json);
    put_count(t, "actions_left_out", count - least(count, t->bounds->actions));
}

void explain_many(struct call *call, const struct engine_many *many)
{
    if (!call->explains) return;
    if (many->replayed)
        tell(call, tell_note, "the request was seen before: nothing was judged now");
    else if (any_judged(many))
        tell(call, tell_many, many);
    else
        tell(call, tell_note, "no condition was judged");
}

/* ---- a page */

static void put_units(struct telling *t, const char *name, uint32_t half_units)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%" PRIu32 ".%c", half_units / 2,
                   half_units % 2 == 0 ? '0' : '5');
    put_key(t, name);
    json_writer_raw(&t->json, span_of(text));
}

static const char *const ends[] = {
    [ENGINE_PAGE_ALL] = "end",
    [ENGINE_PAGE_LIMIT] = "limit",
    [ENGINE_PAGE_BYTES] = "1 MB",
};

static void put_place(struct telling *t, const struct engine_page *page)
{
    put_text(t, "table", (struct excerpt){.text = page->table_name});
    if (page->index_name.len == 0) return;
    put_text(t, "index", (struct excerpt){.text = page->index_name});
    json_writer_member_string(&t->json, "index_kind",
                              page->index_is_global ? SPAN("global") : SPAN("local"));
}

static void put_way(struct telling *t, const struct engine_page *page)
{
    if (page->total_segments > 0) {
        json_writer_member_i64(&t->json, "segment", page->segment);
        json_writer_member_i64(&t->json, "segments", page->total_segments);
    }
    if (page->key_condition != NULL)
        json_writer_member_string(&t->json, "order",
                                  page->backward ? SPAN("descending") : SPAN("ascending"));
    if (page->consistent) json_writer_member_bool(&t->json, "consistent", true);
    json_writer_member_bool(&t->json, "resumed", page->start_key.type != VALUE_NONE);
}

static void put_counts(struct telling *t, const struct engine_page *page)
{
    const struct engine_page_work *work = &page->work;
    json_writer_member_i64(&t->json, "items_read", page->scanned);
    json_writer_member_i64(&t->json, "items_filtered_out", page->scanned - page->count);
    json_writer_member_i64(&t->json, "items_returned", page->count);
    put_count(t, "items_expired", work->expired);
    put_count(t, "items_fetched", work->fetched);
    json_writer_member_i64(&t->json, "bytes_read", (int64_t)work->bytes);
    json_writer_member_string(&t->json, "ended_at", span_of(ends[work->end]));
}

static void put_cost(struct telling *t, const struct engine_page *page)
{
    put_key(t, "capacity_units");
    json_writer_object_begin(&t->json);
    put_units(t, "total", page->half_units + page->index_half_units);
    put_units(t, "table", page->half_units);
    if (page->index_name.len > 0) put_units(t, "index", page->index_half_units);
    json_writer_object_end(&t->json);
}

/* A read of a page, and its key condition. */
struct told_page {
    const struct engine_page *page;
    struct expr_explanation key;
};

static void tell_page(struct telling *t, const void *what)
{
    const struct told_page *told = what;
    put_place(t, told->page);
    if (told->page->key_condition != NULL) put_reasons(t, "key", &told->key);
    put_way(t, told->page);
    put_counts(t, told->page);
    put_cost(t, told->page);
}

struct told_pages {
    const struct told_page *pages;
    uint32_t count;
};

static void tell_pages(struct telling *t, const void *what)
{
    const struct told_pages *told = what;
    const uint32_t count = least(told->count, t->bounds->actions);
    put_key(t, "reads");
    json_writer_array_begin(&t->json);
    for (uint32_t i = 0; i < count && fits(t); i++) {
        json_writer_object_begin(&t->json);
        tell_page(t, &told->pages[i]);
        json_writer_object_end(&t->json);
    }
    json_writer_array_end(&t->json);
    put_count(t, "reads_left_out", told->count - count);
}

static status describe(struct call *call, const struct engine_page *page, struct told_page *out)
{
    out->page = page;
    if (page->key_condition == NULL) return ST_OK;
    return expr_describe(page->key_condition, call->arena, &out->key);
}

void explain_pages(struct call *call, const struct engine_page *pages, uint32_t count)
{
    if (!call->explains || count == 0) return;
    struct told_page *told = arena_new_array(call->arena, count, struct told_page);
    for (uint32_t i = 0; told != NULL && i < count; i++)
        if (describe(call, &pages[i], &told[i]) != ST_OK) told = NULL;
    if (told == NULL) return;
    if (count == 1)
        tell(call, tell_page, told);
    else
        tell(call, tell_pages, &(struct told_pages){told, count});
}

void explain_page(struct call *call, const struct engine_page *page)
{
    explain_pages(call, page, 1);
}

/* ---- the end */

void explain_end(struct call *call, struct span wish)
{
    if (call->explanation.len > 0 || call->op_name == NULL) return;
    if (!explain_is_asked(wish))
        tell(call, tell_note, "x-stator-explain is \"condition\" or \"query\"");
    else if (call->err->status != ST_OK)
        tell(call, tell_note, "the request failed before anything was judged or read");
    else
        tell(call, tell_note, "nothing of this operation is explained");
}
