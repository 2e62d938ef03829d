/* tags.c -- the rules of tags, and their sentences.
 *
 * Source: the service's answers of October 2026. Every tag is judged by itself; then their number,
 * then whether a key comes twice. That a table has too many with those it had before is the
 * engine's to say.
 */
#include "api/tags.h"

#include "api/arn.h"
#include "api/letters.h"
#include "api/table_change.h"
#include "base/limits.h"
#include "base/utf8.h"

static const struct field tag_fields[] = {
    FIELD(tags_field, key, "Key", FIELD_STRING, OPTIONAL, 0, 0),
    FIELD(tags_field, value, "Value", FIELD_STRING, OPTIONAL, 0, 0),
};
const struct field_shape tags_field_shape = FIELD_SHAPE("Tag", tags_field, tag_fields);

/* ---- one tag */

static bool is_allowed(uint32_t code)
{
    const struct span marks = SPAN(" +-=._:/@");
    if (code >= 0x80) return letters_hold(code);
    if ((code >= '0' && code <= '9') || (code >= 'A' && code <= 'Z')) return true;
    if (code >= 'a' && code <= 'z') return true;
    for (size_t i = 0; i < marks.len; i++)
        if (marks.ptr[i] == code) return true;
    return false;
}

/* Is `text` given, of allowed characters, and of at most `max` UTF-16 units? */
static bool fits(struct span text, uint32_t max)
{
    enum { PAIRS_FROM = 0x10000 };
    if (text.ptr == NULL) return false;
    uint32_t units = 0;
    while (text.len > 0 && units <= max) {
        const uint32_t code = utf8_decode(&text);
        if (!is_allowed(code)) return false;
        units += code >= PAIRS_FROM ? 2 : 1;
    }
    return units <= max;
}

static struct span shown(struct span text)
{
    return text.ptr == NULL ? SPAN("null") : text;
}

static status check_key(struct span key, struct error *err)
{
    const struct span reserved = SPAN("aws:");
    if (key.len == 0 || !fits(key, LIMIT_TAG_KEY_CHARACTERS))
        return FAIL(err, ST_VALIDATION, "The Tag Key provided is invalid, Key: %.*s",
                    SPAN_ARG(shown(key)));
    if (key.len < reserved.len || !span_eq_nocase(span_take(key, reserved.len), reserved))
        return ST_OK;
    return FAIL(err, ST_VALIDATION, "Tag Key cannot be prefixed with aws:, Key: %.*s",
                SPAN_ARG(key));
}

static status check_tag(const struct tags_field *tag, struct error *err)
{
    TRY(check_key(tag->key, err));
    if (fits(tag->value, LIMIT_TAG_VALUE_CHARACTERS)) return ST_OK;
    return FAIL(err, ST_VALIDATION, "The Tag Value provided is invalid, Value: %.*s",
                SPAN_ARG(shown(tag->value)));
}

static status check_count(uint32_t count, struct error *err)
{
    if (count <= LIMIT_TAGS) return ST_OK;
    return FAIL(err, ST_VALIDATION,
                "Number of Tags exceed the current limit for the provided ResourceArn");
}

/* ---- lists of them */

/* Put `tag` at its place among tags[0 .. count - 1]. */
static status insert(struct table_tag *tags, uint8_t count, const struct tags_field *tag,
                     struct error *err)
{
    while (count > 0 && span_compare(tag->key, tags[count - 1].key) < 0) {
        tags[count] = tags[count - 1];
        count--;
    }
    if (count > 0 && span_eq(tag->key, tags[count - 1].key))
        return FAIL(err, ST_VALIDATION,
                    "Duplicate Tag Keys provided as input: Duplicate Tag Key found %.*s",
                    SPAN_ARG(tag->key));
    tags[count] = (struct table_tag){tag->key, tag->value};
    return ST_OK;
}

status tags_read(struct call *call, struct field_list list, struct tags_list *out)
{
    for (uint32_t i = 0; i < list.count; i++)
        TRY(check_tag(FIELD_AT(list, struct tags_field, i), call->err));
    TRY(check_count(list.count, call->err));
    struct table_tag *tags = arena_new_array(call->arena, list.count, struct table_tag);
    if (tags == NULL) return FAIL_PLAIN(call->err, ST_NO_MEMORY);
    for (uint8_t i = 0; i < list.count; i++)
        TRY(insert(tags, i, FIELD_AT(list, struct tags_field, i), call->err));
    *out = (struct tags_list){tags, (uint8_t)list.count};
    return ST_OK;
}

status tags_check_keys(struct field_list keys, struct error *err)
{
    for (uint32_t i = 0; i < keys.count; i++) TRY(check_key(*FIELD_AT(keys, struct span, i), err));
    return check_count(keys.count, err);
}

/* ---- changing them */

status tags_start(struct call *call, struct span name, const struct engine_table_change *change,
                  struct engine_table_write *write)
{
    *write =
        (struct engine_table_write){.verb = ENGINE_TABLE_UPDATE, .name = name, .change = change};
    return table_change_start(call, write);
}

status tags_finish(struct call *call, struct span arn, const struct engine_table_write *write,
                   status st)
{
    if (st == ST_NOT_FOUND) return arn_fail_not_found(call, arn);
    if (st != ST_OK) return st;
    table_drop(write->description.table);
    call->has_no_body = true;
    return ST_OK;
}
