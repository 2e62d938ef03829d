/* field_check.c -- the constraints of a request, in DynamoDB's order and words.
 *
 * A violation is one sentence:
 *
 *     Value 'x!' at 'tableName' failed to satisfy constraint: Member must satisfy …
 *           value   path: camel case, elements of lists          one of the constraints below
 *                   count from 1: 'keySchema.1.member.keyType'
 *
 * Violations are gathered in a buf, in the order of the table of fields, and reported together
 * (F4); the table's name alone and before (F3). API_WORDING_CURRENT has sentences of its own for
 * what is empty and for words that a list of choices renews (wording.h).
 */
#include <assert.h>
#include <string.h>

#include "api/arn.h"
#include "api/field.h"
#include "base/limits.h"

#define NAME_PATTERN "[a-zA-Z0-9_.-]+"
#define ARN_FORM                                                                                   \
    "Valid ARN format is 'arn:<awsPartition>:<vendor>:<region>:<subscriber>:resourceType/"         \
    "resourceName', where Resource name must have length less than or equal to 255, Resource "     \
    "name must have length greater than or equal to 3, Resource name must satisfy regular "        \
    "expression pattern: " NAME_PATTERN

struct checker {
    struct error *err;
    struct field_terms *terms;
    struct buf path;       /* of what is looked at: "keySchema.1.member" */
    struct buf violations; /* "Value … at … failed …; Value …" */
    unsigned count;
    unsigned depth;
    status refused;    /* an ARN of another region (F6), told by err; ST_OK: none */
    const char *alone; /* the sentence that hides all others; NULL: there is none */
};

/* ---- violations */

static void put_value(struct checker *checker, const struct field *field, const void *at)
{
    struct buf *out = &checker->violations;
    buf_put_text(out, "Value");
    if (!field_is_given(field, at)) {
        buf_put_text(out, " null");
        return;
    }
    buf_put_text(out, " '");
    field_show(out, field, at);
    buf_put_u8(out, '\'');
}

static bool speaks_current(const struct checker *checker)
{
    return checker->terms->wording == API_WORDING_CURRENT;
}

/* Make ready for one more violation. False: enough were noted already. */
static bool separate(struct checker *checker)
{
    if (checker->count == FIELD_VIOLATIONS_MAX) return false;
    if (checker->count++ > 0) buf_put_text(&checker->violations, "; ");
    return true;
}

/* Begin a violation of the member at `at`; the caller puts the constraint after it. False: enough
 * were noted already. */
static bool violation_begin(struct checker *checker, const struct field *field, const void *at)
{
    if (!separate(checker)) return false;
    put_value(checker, field, at);
    buf_put_text(&checker->violations, " at '");
    buf_put(&checker->violations, buf_view(&checker->path));
    buf_put_text(&checker->violations, "' failed to satisfy constraint: ");
    return true;
}

static void violate(struct checker *checker, const struct field *field, const void *at,
                    const char *constraint)
{
    if (!violation_begin(checker, field, at)) return;
    buf_put_text(&checker->violations, "Member must ");
    buf_put_text(&checker->violations, constraint);
}

/* A violation whose constraint ends in a number: "have length greater than or equal to 3". */
static void violate_bound(struct checker *checker, const struct field *field, const void *at,
                          const char *constraint, int64_t bound)
{
    if (!violation_begin(checker, field, at)) return;
    buf_printf(&checker->violations, "Member must %s %lld", constraint, (long long)bound);
}

/* All that was noted, as one error, or what was refused; ST_OK when nothing was. */
static status report(struct checker *checker)
{
    TRY(checker->refused);
    TRY_PLAIN(checker->err, buf_status(&checker->path));
    TRY_PLAIN(checker->err, buf_status(&checker->violations));
    if (checker->count == 0) return ST_OK;
    if (checker->alone != NULL)
        return FAIL(checker->err, ST_VALIDATION, "1 validation error detected: %s", checker->alone);
    return FAIL(checker->err, ST_VALIDATION, "%u validation error%s detected: %.*s", checker->count,
                checker->count > 1 ? "s" : "", SPAN_ARG(buf_view(&checker->violations)));
}

/* ---- paths */

/* Go down to member `name` (camel case); the result takes the path back, by path_leave. */
static size_t path_enter(struct checker *checker, const char *name)
{
    const size_t before = checker->path.len;
    if (before > 0) buf_put_u8(&checker->path, '.');
    buf_put_u8(&checker->path, (uint8_t)(name[0] | 0x20));
    buf_put_text(&checker->path, name + 1);
    return before;
}

static void path_leave(struct checker *checker, size_t before)
{
    if (buf_status(&checker->path) == ST_OK) buf_truncate(&checker->path, before);
}

/* ---- the constraints */

/* The length of a string as DynamoDB counts it: UTF-16 units. */
static int64_t text_length(struct span text)
{
    int64_t length = 0;
    for (size_t i = 0; i < text.len; i++) {
        if ((text.ptr[i] & 0xC0) != 0x80) length++;
        if (text.ptr[i] >= 0xF0) length++; /* beyond the BMP: a pair */
    }
    return length;
}

bool field_is_name(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        const uint8_t c = text.ptr[i];
        const bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
        if (!fits) return false;
    }
    return text.len > 0;
}

/* A member of the request that is empty, in the newer words: its value is left out, its name not
 * changed. */
static void violate_empty(struct checker *checker, const struct field *field)
{
    if (separate(checker))
        buf_printf(
            &checker->violations,
            "Value at '%s' failed to satisfy constraint: Member must have length greater than "
            "or equal to %lld",
            field->name, (long long)field->min);
}

static void check_length(struct checker *checker, const struct field *field, const void *at,
                         int64_t length)
{
    if (length < field->min && speaks_current(checker) && length == 0 && checker->depth <= 1) {
        violate_empty(checker, field);
    } else if (length < field->min) {
        violate_bound(checker, field, at, "have length greater than or equal to", field->min);
    }
    if (field->max > 0 && length > field->max) {
        violate_bound(checker, field, at, "have length less than or equal to", field->max);
    }
}

static void check_string(struct checker *checker, const struct field *field, const void *at)
{
    const struct span text = *(const struct span *)at;
    if (field->name_pattern && !field_is_name(text)) {
        violate(checker, field, at, "satisfy regular expression pattern: " NAME_PATTERN);
    }
    check_length(checker, field, at, text_length(text));
}

static void check_number(struct checker *checker, const struct field *field, const void *at)
{
    if (field->min == 0 && field->max == 0) return;
    const int64_t value = ((const struct field_number *)at)->value;
    if (value < field->min) {
        violate_bound(checker, field, at, "have value greater than or equal to", field->min);
    }
    if (field->max > 0 && value > field->max) {
        violate_bound(checker, field, at, "have value less than or equal to", field->max);
    }
}

static void violate_enum(struct checker *checker, const struct field *field, const void *at)
{
    const struct field_choices *choices = field->choices;
    if (choices->current != NULL && speaks_current(checker)) {
        if (separate(checker)) buf_put_text(&checker->violations, choices->current);
        if (choices->alone) checker->alone = choices->current;
        return;
    }
    if (!violation_begin(checker, field, at)) return;
    buf_put_text(&checker->violations, "Member must satisfy enum value set: [");
    for (size_t i = 0; i < choices->count; i++) {
        if (i > 0) buf_put_text(&checker->violations, ", ");
        buf_put_text(&checker->violations, choices->choices[i].word);
    }
    buf_put_u8(&checker->violations, ']');
}

static void check_enum(struct checker *checker, const struct field *field, void *at)
{
    struct field_enum *word = at;
    for (size_t i = 0; i < field->choices->count; i++) {
        const struct field_choice *choice = &field->choices->choices[i];
        assert(choice->value != 0);
        if (!span_eq(word->text, span_of(choice->word))) continue;
        word->value = choice->value;
        return;
    }
    violate_enum(checker, field, at);
}

/* ---- names of tables */

/* Cut *text to the name of the table that it calls by its ARN. False: it begins as an ARN and is
 * that of no table. */
static bool settle_arn(struct checker *checker, struct span *text)
{
    const struct arn_here here = {checker->terms->region, checker->terms->account};
    struct arn_called called;
    if (checker->refused != ST_OK || !span_starts_with(*text, SPAN("arn:"))) return true;
    checker->refused = arn_name(&here, *text, &called, checker->err);
    if (checker->refused != ST_OK) return true;
    if (called.is_foreign && checker->terms->foreign_arn.len == 0)
        checker->terms->foreign_arn = *text;
    *text = called.name;
    return called.is_formed;
}

static void check_table_name(struct checker *checker, const struct field *field, void *at)
{
    struct span *text = at;
    if (text->ptr == NULL) {
        if (field->presence == FIELD_REQUIRED) violate(checker, field, at, "not be null");
        return;
    }
    if (!settle_arn(checker, text)) {
        if (violation_begin(checker, field, at)) buf_put_text(&checker->violations, ARN_FORM);
        return;
    }
    if (checker->refused != ST_OK) return;
    /* Where one character is enough, the empty name is only too short. */
    if (!field_is_name(*text) && (text->len > 0 || field->min > 1)) {
        violate(checker, field, at, "satisfy regular expression pattern: " NAME_PATTERN);
    }
    check_length(checker, field, at, text_length(*text));
}

/* ---- structs and lists */

static void check_members(struct checker *checker, const struct field_shape *shape, void *in);

static void *pointed(const void *at)
{
    void *in = NULL;
    memcpy(&in, at, sizeof in);
    return in;
}

static void check_struct(struct checker *checker, const struct field *field, const void *at)
{
    check_members(checker, field->of, pointed(at));
}

static void check_each(struct checker *checker, const struct field *field,
                       const struct field_list *list)
{
    uint8_t *elements = pointed(&list->elements);
    for (uint32_t i = 0; i < list->count; i++) {
        const size_t before = checker->path.len;
        buf_printf(&checker->path, ".%u.member", i + 1);
        check_members(checker, field->of, elements + i * field->of->size);
        path_leave(checker, before);
    }
}

/* The elements of a list are "1.member", "2.member". The list was made by field_read for this
 * struct, so its elements may be settled in place. */
static void check_list(struct checker *checker, const struct field *field, const void *at)
{
    const struct field_list *list = at;
    check_length(checker, field, at, list->count);
    check_each(checker, field, list);
}

/* Cut the table's ARN at `name` to its name. False: it is no name for a table. */
static bool settle_table_key(struct checker *checker, struct span *name)
{
    if (!settle_arn(checker, name)) return false;
    const int64_t length = text_length(*name);
    return field_is_name(*name) && length >= LIMIT_TABLE_NAME_BYTES_MIN &&
           length <= LIMIT_TABLE_NAME_BYTES;
}

/* The keys of a map whose elements take `size` bytes each, and begin with their key. */
static void check_table_keys(struct checker *checker, const struct field *field, const void *at,
                             size_t size)
{
    const struct field_list *list = at;
    uint8_t *elements = pointed(&list->elements);
    bool fit = true;
    for (uint32_t i = 0; i < list->count; i++)
        if (!settle_table_key(checker, (struct span *)(void *)(elements + i * size))) fit = false;
    if (fit || !violation_begin(checker, field, at)) return;
    buf_printf(&checker->violations,
               "Map keys must satisfy constraint: [Member must have length less than or equal to "
               "%d, Member must have length greater than or equal to %d, Member must satisfy "
               "regular expression pattern: " NAME_PATTERN "]",
               LIMIT_TABLE_NAME_BYTES, LIMIT_TABLE_NAME_BYTES_MIN);
}

/* The elements of a map are "key.member". */
static void check_map(struct checker *checker, const struct field *field, const void *at)
{
    const struct field_list *list = at;
    uint8_t *elements = pointed(&list->elements);
    if (field->name_pattern) check_table_keys(checker, field, at, field->of->size);
    check_length(checker, field, at, list->count);
    for (uint32_t i = 0; i < list->count; i++) {
        uint8_t *element = elements + i * field->of->size;
        const size_t before = checker->path.len;
        buf_printf(&checker->path, ".%.*s.member", SPAN_ARG(*(struct span *)(void *)element));
        check_members(checker, field->of, element);
        path_leave(checker, before);
    }
}

static void check_inner_lengths(struct checker *checker, const struct field *field, const void *at)
{
    const struct field_list *map = at;
    bool fit = true;
    for (uint32_t i = 0; i < map->count; i++) {
        const uint32_t count = FIELD_AT(*map, struct field_named_list, i)->list.count;
        if (count < field->min || count > field->max) fit = false;
    }
    if (fit || !violation_begin(checker, field, at)) return;
    buf_printf(&checker->violations,
               "Map value must satisfy constraint: [Member must have length less than or equal to "
               "%lld, Member must have length greater than or equal to %lld]",
               (long long)field->max, (long long)field->min);
}

/* Here the elements of the lists are "key.member.1.member". */
static void check_map_of_lists(struct checker *checker, const struct field *field, const void *at)
{
    const struct field_list *map = at;
    if (field->name_pattern) check_table_keys(checker, field, at, sizeof(struct field_named_list));
    check_inner_lengths(checker, field, at);
    for (uint32_t i = 0; i < map->count; i++) {
        const struct field_named_list *named = FIELD_AT(*map, struct field_named_list, i);
        const size_t before = checker->path.len;
        buf_printf(&checker->path, ".%.*s.member", SPAN_ARG(named->name));
        check_each(checker, field, &named->list);
        path_leave(checker, before);
    }
}

static void check_keys(struct checker *checker, const struct field *field, const void *at)
{
    static const struct field key = {.kind = FIELD_ITEM};
    const struct field_list *list = at;
    check_length(checker, field, at, list->count);
    for (uint32_t i = 0; i < list->count; i++) {
        const struct field_item *item = FIELD_AT(*list, struct field_item, i);
        if (field_is_given(&key, item)) continue;
        const size_t before = checker->path.len;
        buf_printf(&checker->path, ".%u.member", i + 1);
        violate(checker, &key, item, "not be null");
        path_leave(checker, before);
    }
}

static void check_given(struct checker *checker, const struct field *field, void *at)
{
    switch (field->kind) {
    case FIELD_STRING:
        check_string(checker, field, at);
        return;
    case FIELD_ENUM:
        check_enum(checker, field, at);
        return;
    case FIELD_INTEGER:
    case FIELD_LONG:
        check_number(checker, field, at);
        return;
    case FIELD_STRUCT:
        check_struct(checker, field, at);
        return;
    case FIELD_LIST:
        check_list(checker, field, at);
        return;
    case FIELD_MAP:
        check_map(checker, field, at);
        return;
    case FIELD_MAP_OF_LISTS:
        check_map_of_lists(checker, field, at);
        return;
    case FIELD_KEYS:
        check_keys(checker, field, at);
        return;
    case FIELD_TABLE:
        if (checker->depth > 1) check_table_name(checker, field, at); /* else F3 was first */
        return;
    case FIELD_STRINGS:
    case FIELD_OPERANDS:
        check_length(checker, field, at, ((const struct field_list *)at)->count);
        return;
    case FIELD_ARN: /* has rules of its own */
    case FIELD_BOOL:
    case FIELD_NAMES:
    case FIELD_ITEM:
    case FIELD_VALUES:
    case FIELD_VALUE:
        return;
    }
}

static void check_members(struct checker *checker, const struct field_shape *shape, void *in)
{
    assert(checker->depth < FIELD_DEPTH_MAX);
    checker->depth++;
    for (size_t i = 0; i < shape->count; i++) {
        const struct field *field = &shape->fields[i];
        void *at = (uint8_t *)in + field->offset;
        const bool given = field_is_given(field, at);
        if (!given && field->presence != FIELD_REQUIRED) continue;

        const size_t before = path_enter(checker, field->name);
        if (given) {
            check_given(checker, field, at);
        } else {
            violate(checker, field, at, "not be null");
        }
        path_leave(checker, before);
    }
    checker->depth--;
}

/* ---- what is reported alone and first */

static status check_demanded(const struct field_shape *shape, const void *in, struct error *err)
{
    for (size_t i = 0; i < shape->count; i++) {
        const struct field *field = &shape->fields[i];
        const void *at = (const uint8_t *)in + field->offset;
        if (field->presence != FIELD_DEMANDED || field_is_given(field, at)) continue;
        if (field->kind == FIELD_ARN) return FAIL(err, ST_VALIDATION, "Invalid TableArn");
        return FAIL(err, ST_VALIDATION,
                    "The parameter '%s' is required but was not present in the request",
                    field->name);
    }
    return ST_OK;
}

static status check_table_names(struct checker *checker, const struct field_shape *shape, void *in)
{
    for (size_t i = 0; i < shape->count; i++) {
        const struct field *field = &shape->fields[i];
        if (field->kind != FIELD_TABLE) continue;
        const size_t before = path_enter(checker, field->name);
        check_table_name(checker, field, (uint8_t *)in + field->offset);
        path_leave(checker, before);
    }
    return report(checker);
}

status field_check(const struct field_shape *shape, struct field_terms *terms, void *in,
                   struct error *err)
{
    TRY(check_demanded(shape, in, err));
    struct checker checker = {.err = err, .terms = terms};
    buf_init(&checker.path, arena_mem(err->arena), LIMIT_REQUEST_ARENA_BYTES);
    buf_init(&checker.violations, arena_mem(err->arena), LIMIT_REQUEST_ARENA_BYTES);
    TRY(check_table_names(&checker, shape, in));
    check_members(&checker, shape, in);
    return report(&checker);
}
