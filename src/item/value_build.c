/* value_build.c -- gaps that are filled afterwards, and every sentence about a bad value.
 *
 * What stands before a body (its type and length) is only known behind it, so a gap is left and
 * filled when the body ends; a map or set is sorted when it closes, with its parts already sorted
 * by then. Nothing moves twice.
 *
 * After a mistake the bytes are worth nothing: some attributes may have no type, so nothing is
 * sorted any more.
 */
#include "item/value_build.h"

#include <assert.h>
#include <string.h>

#include "base/bytes.h"
#include "base/ckd.h"
#include "base/limits.h"
#include "item/number.h"
#include "item/wire_sort.h"
#include "json/json_writer.h"

enum { ATTRIBUTE_GAP_BYTES = 7, ELEMENT_GAP_BYTES = 5, MEMBER_GAP_BYTES = 4 };

const char value_build_invalid[] = "One or more parameter values were invalid: ";

const char value_build_too_deep[] = "Nesting Levels have exceeded supported limits: Attributes in "
                                    "the item have nested levels beyond supported limit";

void value_build_init(struct value_build *build, struct arena *arena, struct error *late)
{
    *build = (struct value_build){.arena = arena, .late = late};
    buf_init(&build->body, arena_mem(arena), SIZE_MAX);
    buf_init(&build->scratch, arena_mem(arena), SIZE_MAX);
}

/* ---- mistakes ---- */

bool value_build_is_sound(const struct value_build *build)
{
    return build->late->status == ST_OK;
}

void value_build_note(struct value_build *build, const char *prefix, const char *text)
{
    if (value_build_is_sound(build)) (void)FAIL(build->late, ST_VALIDATION, "%s%s", prefix, text);
}

void value_build_note_alone(struct value_build *build, const char *prefix, const char *text)
{
    if (value_build_is_sound(build)) build->late_alone = true;
    value_build_note(build, prefix, text);
}

/* ---- gaps ---- */

/* Leave `n` bytes to be filled in later; the answer is where they end. */
static size_t leave_gap(struct value_build *b, size_t n)
{
    if (buf_reserve(&b->body, n) == NULL) return 0;
    buf_advance(&b->body, n);
    return b->body.len;
}

static uint32_t length_since(const struct value_build *b, size_t start)
{
    uint32_t len = 0;
    const bool fits = ckd_u32(b->body.len - start, &len);
    assert(fits);
    return len;
}

/* Fill in the length of the body that starts at `body`, four bytes before `at`. */
static void fill_length(struct value_build *b, size_t at, size_t body)
{
    if (buf_status(&b->body) != ST_OK) return;
    buf_patch_u32(&b->body, at - 4, length_since(b, body));
}

/* The same with the type before the length. */
static void fill_type_and_length(struct value_build *b, size_t at, size_t body, value_type type)
{
    if (buf_status(&b->body) != ST_OK) return;
    b->body.ptr[at - ELEMENT_GAP_BYTES] = (uint8_t)type;
    fill_length(b, at, body);
}

/* ---- numbers ---- */

void value_build_number(struct value_build *build, struct span text)
{
    struct number number;
    if (!value_build_is_sound(build)) return;
    if (number_parse(text, &number, build->late) == ST_OK)
        buf_put(&build->body, number_view(&number));
}

/* ---- sets ---- */

struct set_texts {
    const char *empty;
    const char *null_member;
};

static const struct set_texts *set_texts(value_type type)
{
    static const struct set_texts texts[] = {
        [VALUE_SS] = {"An string set  may not be empty",
                      "An string set may not have a null string as a member"},
        [VALUE_NS] = {"An number set  may not be empty",
                      "An number set may not have a null string as a member"},
        [VALUE_BS] = {"Binary sets should not be empty",
                      "Binary sets may not contain null or empty values"    },
    };
    assert(value_is_set(type));
    return &texts[type];
}

size_t value_build_member(struct value_build *build)
{
    return leave_gap(build, MEMBER_GAP_BYTES);
}

void value_build_member_end(struct value_build *build, size_t gap)
{
    fill_length(build, gap, gap);
}

void value_build_no_member(struct value_build *build, value_type type)
{
    value_build_note(build, value_build_invalid, set_texts(type)->null_member);
}

/* The members of a set as DynamoDB shows them: a, b. */
static struct span show_members(const struct value_build *b, struct value set)
{
    struct buf text;
    buf_init(&text, arena_mem(b->arena), SIZE_MAX);
    struct value_cursor cursor = value_walk(set);
    struct span member = {0};
    while (value_next_member(&cursor, &member)) {
        if (set.type == VALUE_SS) buf_put(&text, member);
        if (set.type == VALUE_BS) json_writer_base64_text(&text, member);
        if (cursor.left > 0) buf_put_text(&text, ", ");
    }
    return buf_status(&text) == ST_OK ? buf_view(&text) : (struct span){0};
}

static void note_duplicates(struct value_build *b, struct value set)
{
    if (!value_build_is_sound(b)) return;
    if (set.type == VALUE_NS) {
        value_build_note(b, "", "Input collection contains duplicates");
        return;
    }
    const struct span members = show_members(b, set);
    (void)FAIL(b->late, ST_VALIDATION, "%sInput collection [%.*s]%s contains duplicates.",
               value_build_invalid, SPAN_ARG(members), set.type == VALUE_BS ? "of type BS" : "");
}

void value_build_set_end(struct value_build *build, value_type type, size_t begun, uint32_t count)
{
    value_write_end(&build->body, begun, count);
    if (count == 0) value_build_note(build, value_build_invalid, set_texts(type)->empty);
    if (!value_build_is_sound(build)) return;
    if (wire_sort_set(&build->body, begun, &build->scratch)) return;
    note_duplicates(build, value_build_view(build, begun, type));
}

/* ---- lists and maps ---- */

size_t value_build_element(struct value_build *build)
{
    return leave_gap(build, ELEMENT_GAP_BYTES);
}

void value_build_element_end(struct value_build *build, size_t gap, value_type type)
{
    fill_type_and_length(build, gap, gap, type);
}

struct value_build_attribute value_build_attribute(struct value_build *build, struct span name)
{
    const struct span kept = span_take(name, name.len > UINT16_MAX ? UINT16_MAX : name.len);
    uint8_t *at = buf_reserve(&build->body, ATTRIBUTE_GAP_BYTES + kept.len);
    if (at == NULL) return (struct value_build_attribute){0};
    bytes_store_u16(at, (uint16_t)kept.len);
    if (kept.len > 0) memcpy(at + ATTRIBUTE_GAP_BYTES, kept.ptr, kept.len);
    buf_advance(&build->body, ATTRIBUTE_GAP_BYTES + kept.len);
    return (struct value_build_attribute){build->body.len - kept.len, build->body.len};
}

void value_build_attribute_end(struct value_build *build, struct value_build_attribute at,
                               value_type type)
{
    fill_type_and_length(build, at.gap, at.body, type);
}

const char *value_build_name_fault(struct span name)
{
    if (name.len == 0) return "Empty attribute name";
    if (name.len > LIMIT_NAME_BYTES)
        return "Attribute name is too large, must be less than 65536 bytes";
    return NULL;
}

void value_build_name(struct value_build *build, struct span name)
{
    const char *fault = value_build_name_fault(name);
    if (fault != NULL) value_build_note(build, "", fault);
}

void value_build_map_end(struct value_build *build, size_t begun, uint32_t count)
{
    value_write_end(&build->body, begun, count);
    if (value_build_is_sound(build)) wire_sort_map(&build->body, begun, &build->scratch);
}

bool value_build_add_depth(struct value_build *build)
{
    if (build->depth + 1 < LIMIT_NESTING) {
        build->depth++;
        return true;
    }
    value_build_note_alone(build, "", value_build_too_deep);
    return false;
}

void value_build_drop_depth(struct value_build *build)
{
    assert(build->depth > 0);
    build->depth--;
}

void value_build_copy(struct value_build *build, struct value v)
{
    if (build->depth + value_depth(v) >= LIMIT_NESTING)
        value_build_note_alone(build, "", value_build_too_deep);
    buf_put(&build->body, v.body);
}

struct value value_build_view(const struct value_build *build, size_t begun, value_type type)
{
    return (struct value){type, span_drop(buf_view(&build->body), begun)};
}
