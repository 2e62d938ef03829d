/* wording.c -- which operations and sentences are renewed, as tables.
 *
 * Source: what 33 regions answered to the same wrong requests, published with the successor of the
 * public conformance suite (2026-09); 31 of them speak as this file does.
 */
#include "api/wording.h"

#include <string.h>

#include "base/limits.h"

#define DETECTED "1 validation error detected: "
#define INVALID "One or more parameter values were invalid: "

/* ---- sentences */

/* How sentences that begin so are renewed. */
typedef enum change {
    WRAP,          /* DETECTED comes before */
    WRAP_AND_CUT,  /* and nothing follows the beginning */
    WRAP_AND_MARK, /* and strings in brackets stand in quotes */
    REPLACE,       /* DETECTED and another sentence */
} change;

struct sentence {
    const char *begins;
    change change;
    const char *instead; /* REPLACE */
};

static const struct sentence item_sentences[] = {
    {"Can not use both expression and non-expression parameters",              WRAP,          NULL},
    {"ExpressionAttributeNames ",                                              WRAP,          NULL},
    {"ExpressionAttributeValues can only be specified when using expressions", WRAP_AND_CUT,  NULL},
    {"ExpressionAttributeValues ",                                             WRAP,          NULL},
    {"Input collection contains duplicates",                                   WRAP,          NULL},
    {"Invalid ConditionExpression: ",                                          WRAP,          NULL},
    {"Invalid UpdateExpression: ",                                             WRAP,          NULL},
    {"Nesting Levels have exceeded supported limits",                          WRAP,          NULL},
    {"Value provided in ExpressionAttributeNames unused",                      WRAP,          NULL},
    {"Value provided in ExpressionAttributeValues unused",                     WRAP,          NULL},
    {INVALID "An ",                                                            WRAP,          NULL},
    {INVALID "Input collection [",                                             WRAP_AND_MARK, NULL},
    {INVALID "Null attribute value types",                                     WRAP,          NULL},
};

static const struct sentence batch_get_sentences[] = {
    {"The requestItems parameter is required for BatchGetItem", REPLACE,
     "Value at 'RequestItems' failed to satisfy constraint: Member must have length greater than "
     "or "
     "equal to 1"},
};

/* ---- operations */

struct renewed {
    const char *op; /* its stem */
    const struct sentence *sentences;
    size_t count;
};

static const struct renewed renewed_ops[] = {
    {"batch_get_item", batch_get_sentences, ARRAY_COUNT(batch_get_sentences)},
    {"delete_item",    NULL,                0                               },
    {"put_item",       item_sentences,      ARRAY_COUNT(item_sentences)     },
    {"update_item",    item_sentences,      ARRAY_COUNT(item_sentences)     },
};

static const struct renewed *find(const struct op *op)
{
    for (size_t i = 0; i < ARRAY_COUNT(renewed_ops); i++)
        if (strcmp(op->shape.name, renewed_ops[i].op) == 0) return &renewed_ops[i];
    return NULL;
}

static const struct sentence *find_sentence(const struct op *op, struct span text)
{
    const struct renewed *renewed = find(op);
    for (size_t i = 0; renewed != NULL && i < renewed->count; i++)
        if (span_starts_with(text, span_of(renewed->sentences[i].begins)))
            return &renewed->sentences[i];
    return NULL;
}

api_wording wording_of(const struct op *op, api_wording asked)
{
    return find(op) != NULL ? asked : API_WORDING_CLASSIC;
}

/* ---- renewing */

/* "[a, b] contains …" as "["a", "b"] contains …". The strings are not known any more: a comma and a
 * blank inside of one are taken for the end of it. */
static void mark(struct buf *out, struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        const struct span rest = span_drop(text, i);
        const bool begins =
            i > 1 && (text.ptr[i - 1] == '[' || memcmp(text.ptr + i - 2, ", ", 2) == 0);
        const bool ends = span_starts_with(rest, SPAN(", ")) || span_starts_with(rest, SPAN("] "));
        if (begins) buf_put_u8(out, '"');
        if (ends) buf_put_u8(out, '"');
        buf_put_u8(out, text.ptr[i]);
    }
}

void wording_renew(const struct op *op, struct error *err)
{
    const struct span text = error_text(err);
    const struct sentence *sentence = find_sentence(op, text);
    if (sentence == NULL) return;
    struct buf out;
    buf_init(&out, arena_mem(err->arena), LIMIT_REQUEST_ARENA_BYTES);
    buf_put_text(&out, DETECTED);
    switch (sentence->change) {
    case WRAP:
        buf_put(&out, text);
        break;
    case WRAP_AND_CUT:
        buf_put_text(&out, sentence->begins);
        break;
    case WRAP_AND_MARK:
        mark(&out, text);
        break;
    case REPLACE:
        buf_put_text(&out, sentence->instead);
        break;
    }
    if (buf_status(&out) == ST_OK) err->text = buf_view(&out);
}
