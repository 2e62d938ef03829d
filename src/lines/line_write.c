/* line_write.c -- see line_write.h. */
#include "lines/line_write.h"

#include "base/limits.h"
#include "item/item.h"

enum { WORD_BYTES = 16 };

status line_write_begin(struct line_turn *turn, struct span table_name, struct line_write **out)
{
    struct line_write *write = arena_new(turn->arena, struct line_write);
    if (write == NULL) return FAIL_PLAIN(&turn->err, ST_NO_MEMORY);
    line_map_begin(&write->map, turn->arena);
    line_map_text(&write->map, "TableName", table_name);
    line_terms_begin(&write->terms, turn);
    *out = write;
    return ST_OK;
}

status line_write_item(struct line_turn *turn, const struct line_schema *schema,
                       const struct line_fields *fields, struct value *item, struct value *key)
{
    struct span text = {0};
    TRY(line_field_get(turn, fields, "item", &text));
    TRY(line_field_item(turn, text, item));
    if (item_size(*item) > LIMIT_ITEM_BYTES)
        return LINE_FAIL(turn, "DocumentTooLarge", "an item has at most %d bytes",
                         LIMIT_ITEM_BYTES);
    return line_schema_item(turn, schema, item, key);
}

/* "ALL_OLD" of whatever spelling: all_old, ALLOLD. */
static struct span normal(struct span word, char out[WORD_BYTES])
{
    size_t len = 0;
    for (size_t i = 0; i < word.len && len < WORD_BYTES; i++) {
        const uint8_t c = word.ptr[i];
        if (c == '_') continue;
        out[len++] = (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    }
    return (struct span){(const uint8_t *)out, len};
}

typedef enum wanted {
    RETURNS_NONE,
    RETURNS_OLD,
    RETURNS_NEW,
} wanted;

static status read_returns(struct line_turn *t, const char *allowed, wanted *out)
{
    char letters[WORD_BYTES];
    struct span word = {0};
    *out = RETURNS_NONE;
    TRY(line_field_text_if(t, &t->fields, "return_values", &word));
    const struct span given = normal(word, letters);
    if (span_eq(given, SPAN("ALLOLD")))
        *out = RETURNS_OLD;
    else if (span_eq(given, SPAN("ALLNEW")) && span_contains(span_of(allowed), SPAN("ALL_NEW")))
        *out = RETURNS_NEW;
    else if (given.len > 0 && !span_eq(given, SPAN("NONE")))
        return LINE_FAIL(t, "ParseError", "\"return_values\" is NONE or one of: %s", allowed);
    return ST_OK;
}

status line_write_wants_old(struct line_turn *turn, bool *out)
{
    wanted returns = RETURNS_NONE;
    TRY(read_returns(turn, "ALL_OLD", &returns));
    *out = returns == RETURNS_OLD;
    return ST_OK;
}

status line_write_returns(struct line_turn *turn, struct line_write *write, const char *allowed)
{
    wanted returns = RETURNS_NONE;
    bool wants_item = false;
    TRY(read_returns(turn, allowed, &returns));
    if (returns == RETURNS_OLD) line_map_text(&write->map, "ReturnValues", SPAN("ALL_OLD"));
    if (returns == RETURNS_NEW) line_map_text(&write->map, "ReturnValues", SPAN("ALL_NEW"));
    TRY(line_field_flag_if(turn, &turn->fields, "return_item_on_failure", &wants_item));
    if (wants_item)
        line_map_text(&write->map, "ReturnValuesOnConditionCheckFailure", SPAN("ALL_OLD"));
    return ST_OK;
}

status line_write_condition(struct line_turn *turn, struct line_write *write,
                            const struct line_fields *fields)
{
    struct span text = {0};
    if (!line_field_find(fields, "condition", &text)) return ST_OK;
    TRY(line_terms_read(turn, text, &write->condition));
    return line_terms_put(turn, &write->terms, &write->map, "ConditionExpression",
                          &write->condition);
}

status line_write_end(struct line_turn *turn, struct line_write *write, struct value *out)
{
    TRY(line_terms_give(turn, &write->terms, &write->map));
    if (write->condition.op != STATOR_C_NONE) turn->failure.why = &write->condition;
    return line_map_end(&write->map, out, &turn->err);
}
