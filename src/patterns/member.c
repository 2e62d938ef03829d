/* member.c -- see member.h. Members are reached by offset and size alone, and copied bytewise:
 * their alignment is the program's business. A table says for each kind how it is written and read.
 *
 *     kind     member            attribute
 *     CHARS    char[N]           S
 *     CSTR     char *            S
 *     INT      int8 … int64      N
 *     DBL      double            N
 *     DEC      char[N]           N
 *     BOOL     bool              BOOL
 *     TIME     int64, us         S (RFC 3339), with TTL N (seconds)
 *     ENUM     int, an index     S (a name)
 *     STRINGS  stator_strings    SS
 *     DOC      stator_doc *      M, with JSON S
 */
#include "patterns/member.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

enum { ATTR_BYTES_MAX = 255 };

typedef stator_rc(value_fn)(const stator_field *, const void *, struct member_room *, stator_val *);
typedef stator_rc(read_fn)(const stator_field *, const stator_node *, void *);

static const void *at_const(const stator_field *field, const void *object)
{
    return (const char *)object + field->offset;
}

static void *at(const stator_field *field, void *object)
{
    return (char *)object + field->offset;
}

static bool has(const stator_field *field, unsigned flag)
{
    return (field->flags & flag) != 0;
}

static stator_rc refuse(const stator_field *field, stator_rc rc, const char *why)
{
    return stator_fail(rc, "the member stored as \"%s\" %s", field->attr, why);
}

static stator_rc refuse_type(const stator_field *field, const char *wanted)
{
    return stator_fail(STATOR_E_TYPE, "the attribute \"%s\" is not %s, as its member is",
                       field->attr, wanted);
}

/* ---- integers */

int64_t member_int(const stator_field *field, const void *object)
{
    const void *from = at_const(field, object);
    int8_t i8 = 0;
    int16_t i16 = 0;
    int32_t i32 = 0;
    int64_t i64 = 0;
    switch (field->size) {
    case sizeof i8:
        memcpy(&i8, from, sizeof i8);
        return i8;
    case sizeof i16:
        memcpy(&i16, from, sizeof i16);
        return i16;
    case sizeof i32:
        memcpy(&i32, from, sizeof i32);
        return i32;
    case sizeof i64:
        memcpy(&i64, from, sizeof i64);
        return i64;
    }
    assert(false); /* member_check lets no other size pass */
    return 0;
}

static bool fits(uint32_t size, int64_t number)
{
    if (size == sizeof number) return true;
    const int64_t end = INT64_C(1) << (8 * size - 1);
    return number >= -end && number < end;
}

bool member_put_int(const stator_field *field, void *object, int64_t number)
{
    const int8_t i8 = (int8_t)number;
    const int16_t i16 = (int16_t)number;
    const int32_t i32 = (int32_t)number;
    if (!fits(field->size, number)) return false;
    const void *from = field->size == sizeof i8    ? (const void *)&i8
                       : field->size == sizeof i16 ? (const void *)&i16
                       : field->size == sizeof i32 ? (const void *)&i32
                                                   : (const void *)&number;
    memcpy(at(field, object), from, field->size);
    return true;
}

static stator_rc int_value(const stator_field *field, const void *object, struct member_room *room,
                           stator_val *out)
{
    (void)room;
    const int64_t number = member_int(field, object);
    *out = number == 0 && has(field, STATOR_F_OMIT) ? stator_skip() : stator_i(number);
    return STATOR_OK;
}

/* One number of the item, as stator_unpack reads it. */
static stator_rc read_number(const stator_field *field, const stator_node *item, char letter,
                             void *out)
{
    char format[ATTR_BYTES_MAX + sizeof ":i"];
    (void)snprintf(format, sizeof format, "%s:%c", field->attr, letter);
    return stator_unpack(item, format, out);
}

static stator_rc int_read(const stator_field *field, const stator_node *item, void *object)
{
    int64_t number = 0;
    const stator_rc rc = read_number(field, item, 'i', &number);
    if (rc != STATOR_OK) return rc;
    if (!member_put_int(field, object, number)) return refuse_type(field, "of its size");
    return STATOR_OK;
}

/* ---- texts */

static stator_rc chars_value(const stator_field *field, const void *object,
                             struct member_room *room, stator_val *out)
{
    (void)room;
    const char *text = at_const(field, object);
    const char *end = memchr(text, '\0', field->size);
    const bool is_number = field->kind == STATOR_DEC_;
    if (end == NULL) return refuse(field, STATOR_E_INVALID, "has no end");
    if (end == text && (is_number || has(field, STATOR_F_OMIT))) {
        *out = stator_skip();
        return STATOR_OK;
    }
    *out = is_number ? stator_n(text) : stator_s(text);
    return STATOR_OK;
}

static stator_rc cstr_value(const stator_field *field, const void *object, struct member_room *room,
                            stator_val *out)
{
    (void)room;
    const char *text = NULL;
    memcpy(&text, at_const(field, object), sizeof text);
    const bool is_left_out = text == NULL || (text[0] == '\0' && has(field, STATOR_F_OMIT));
    *out = is_left_out ? stator_skip() : stator_s(text);
    return STATOR_OK;
}

/* The text of the attribute, which is an S without a NUL in it; else NULL. */
static const char *text_of(const stator_field *field, const stator_node *item)
{
    const char *text = stator_str(item, field->attr);
    if (text == NULL || strlen(text) != stator_len(stator_at(item, field->attr))) return NULL;
    return text;
}

static stator_rc chars_read(const stator_field *field, const stator_node *item, void *object)
{
    const bool is_number = field->kind == STATOR_DEC_;
    const char *text = is_number ? stator_num(item, field->attr) : text_of(field, item);
    if (text == NULL) return refuse_type(field, is_number ? "a number" : "a text without NUL");
    const size_t size = strlen(text) + 1;
    if (size > field->size)
        return stator_fail(STATOR_E_TOO_LARGE,
                           "the attribute \"%s\" has %zu bytes, and its member room for %u",
                           field->attr, size - 1, field->size - 1);
    memset(at(field, object), 0, field->size);
    memcpy(at(field, object), text, size);
    return STATOR_OK;
}

static stator_rc cstr_read(const stator_field *field, const stator_node *item, void *object)
{
    const char *text = text_of(field, item);
    if (text == NULL) return refuse_type(field, "a text without NUL");
    const size_t size = strlen(text) + 1;
    char *own = mem_new(mem_heap(), size);
    if (own == NULL) return stator_fail(STATOR_E_NOMEM, "out of memory");
    memcpy(own, text, size);
    memcpy(at(field, object), &own, sizeof own);
    return STATOR_OK;
}

static void cstr_clear(const stator_field *field, void *object)
{
    char *text = NULL;
    memcpy(&text, at(field, object), sizeof text);
    if (text != NULL) mem_free(mem_heap(), text, strlen(text) + 1);
}

/* ---- doubles, bools */

static stator_rc dbl_value(const stator_field *field, const void *object, struct member_room *room,
                           stator_val *out)
{
    (void)room;
    double number = 0;
    memcpy(&number, at_const(field, object), sizeof number);
    const bool is_zero = number <= 0 && number >= 0;
    *out = is_zero && has(field, STATOR_F_OMIT) ? stator_skip() : stator_d(number);
    return STATOR_OK;
}

static stator_rc dbl_read(const stator_field *field, const stator_node *item, void *object)
{
    double number = 0;
    const stator_rc rc = read_number(field, item, 'd', &number);
    if (rc == STATOR_OK) memcpy(at(field, object), &number, sizeof number);
    return rc;
}

static stator_rc bool_value(const stator_field *field, const void *object, struct member_room *room,
                            stator_val *out)
{
    (void)room;
    bool yes = false;
    memcpy(&yes, at_const(field, object), sizeof yes);
    *out = !yes && has(field, STATOR_F_OMIT) ? stator_skip() : stator_bool(yes);
    return STATOR_OK;
}

static stator_rc bool_read(const stator_field *field, const stator_node *item, void *object)
{
    const bool yes = stator_flag(item, field->attr, false);
    if (stator_type(stator_at(item, field->attr)) != STATOR_BOOL)
        return refuse_type(field, "a boolean");
    memcpy(at(field, object), &yes, sizeof yes);
    return STATOR_OK;
}

/* ---- times */

static stator_rc time_value(const stator_field *field, const void *object, struct member_room *room,
                            stator_val *out)
{
    const int64_t us = member_int(field, object);
    *out = stator_skip();
    if (us == 0) return STATOR_OK;
    if (has(field, STATOR_F_TTL)) {
        *out = stator_i(us / STATOR_SECOND);
        return STATOR_OK;
    }
    assert(room->time_count < STATOR_FIELDS);
    char *text = room->times[room->time_count];
    const char *made =
        has(field, STATOR_F_SECONDS) ? stator_rfc3339(text, us) : stator_rfc3339_frac(text, us);
    if (made == NULL) return refuse(field, STATOR_E_INVALID, "is no time from 1970 to 9999");
    room->time_count++;
    *out = stator_s(text);
    return STATOR_OK;
}

/* A text without an offset from UTC is taken for UTC. */
static bool parse_time(const char *text, int64_t *us)
{
    char zoned[STATOR_TS_LEN + 2];
    if (text == NULL) return false;
    if (stator_rfc3339_parse(text, us) == STATOR_OK) return true;
    const int len = snprintf(zoned, sizeof zoned, "%sZ", text);
    return len > 0 && (size_t)len < sizeof zoned && stator_rfc3339_parse(zoned, us) == STATOR_OK;
}

static stator_rc ttl_read(const stator_field *field, const stator_node *item, void *object)
{
    int64_t seconds = 0;
    const stator_rc rc = read_number(field, item, 'i', &seconds);
    if (rc != STATOR_OK) return rc;
    if (seconds < INT64_MIN / STATOR_SECOND || seconds > INT64_MAX / STATOR_SECOND)
        return refuse_type(field, "a time");
    (void)member_put_int(field, object, seconds * STATOR_SECOND); /* of eight bytes: it fits */
    return STATOR_OK;
}

static stator_rc time_read(const stator_field *field, const stator_node *item, void *object)
{
    int64_t us = 0;
    if (has(field, STATOR_F_TTL)) return ttl_read(field, item, object);
    if (!parse_time(text_of(field, item), &us)) return refuse_type(field, "a time");
    (void)member_put_int(field, object, us); /* of eight bytes: it fits */
    return STATOR_OK;
}

/* ---- enums */

static stator_rc enum_value(const stator_field *field, const void *object, struct member_room *room,
                            stator_val *out)
{
    (void)room;
    const int64_t index = member_int(field, object);
    *out = stator_skip();
    if (index == -1) return STATOR_OK;
    int64_t count = 0;
    while (field->names[count] != NULL) count++;
    if (index < 0 || index >= count) return refuse(field, STATOR_E_INVALID, "is no index of names");
    const char *name = field->names[index];
    const bool is_left_out = name[0] == '\0' && has(field, STATOR_F_OMIT);
    *out = is_left_out ? stator_skip() : stator_s(name);
    return STATOR_OK;
}

static stator_rc enum_read(const stator_field *field, const stator_node *item, void *object)
{
    const char *text = text_of(field, item);
    if (text == NULL) return refuse_type(field, "a text without NUL");
    for (int64_t i = 0; field->names[i] != NULL; i++) {
        if (strcmp(field->names[i], text) != 0) continue;
        if (!member_put_int(field, object, i)) return refuse_type(field, "of its size");
        return STATOR_OK;
    }
    if (text[0] != '\0') return refuse_type(field, "one of the names");
    (void)member_put_int(field, object, -1); /* fits any size */
    return STATOR_OK;
}

/* ---- sets of strings: one block, the pointers and then their texts */

static stator_rc strings_value(const stator_field *field, const void *object,
                               struct member_room *room, stator_val *out)
{
    (void)room;
    stator_strings set = {NULL, 0};
    memcpy(&set, at_const(field, object), sizeof set);
    *out = set.count == 0 ? stator_skip() : stator_ss(set.items, set.count);
    return STATOR_OK;
}

static stator_rc strings_read(const stator_field *field, const stator_node *item, void *object)
{
    const stator_node *node = stator_at(item, field->attr);
    if (stator_type(node) != STATOR_SSET) return refuse_type(field, "a set of strings");
    const size_t count = stator_len(node);
    size_t size = count * sizeof(char *);
    for (size_t i = 0; i < count; i++) size += stator_len(stator_nth(node, i, NULL)) + 1;
    void *block = mem_new(mem_heap(), size);
    if (block == NULL) return stator_fail(STATOR_E_NOMEM, "out of memory");
    char **items = block;
    char *text = (char *)(items + count);
    for (size_t i = 0; i < count; i++) {
        const size_t len = stator_len(stator_nth(node, i, NULL));
        const char *member = stator_str(stator_nth(node, i, NULL), NULL);
        if (member != NULL) memcpy(text, member, len);
        items[i] = text;
        text += len + 1;
    }
    const stator_strings set = {(const char *const *)items, count};
    memcpy(at(field, object), &set, sizeof set);
    return STATOR_OK;
}

static void strings_clear(const stator_field *field, void *object)
{
    struct {
        void *block; /* as it was allocated */
        size_t count;
    } set = {NULL, 0};
    static_assert(sizeof set == sizeof(stator_strings), "the same bytes");
    memcpy(&set, at(field, object), sizeof set);
    mem_free(mem_heap(), set.block, set.count * sizeof(char *));
}

/* ---- documents */

static stator_rc json_value(const stator_field *field, const stator_doc *doc,
                            struct member_room *room, stator_val *out)
{
    char *text = stator_json(stator_doc_node(doc), STATOR_JSON_PLAIN);
    if (text == NULL) return refuse(field, STATOR_E_NOMEM, "finds no memory for its JSON");
    assert(room->json_count < STATOR_FIELDS);
    room->jsons[room->json_count++] = text;
    *out = stator_s(text);
    return STATOR_OK;
}

static stator_rc doc_value(const stator_field *field, const void *object, struct member_room *room,
                           stator_val *out)
{
    const stator_doc *doc = NULL;
    memcpy(&doc, at_const(field, object), sizeof doc);
    const bool is_empty = doc == NULL || stator_len(stator_doc_node(doc)) == 0;
    *out = stator_skip();
    if (doc == NULL || (is_empty && has(field, STATOR_F_OMIT))) return STATOR_OK;
    if (has(field, STATOR_F_JSON)) return json_value(field, doc, room, out);
    *out = stator_doc_val(doc);
    return STATOR_OK;
}

static stator_rc doc_read(const stator_field *field, const stator_node *item, void *object)
{
    const stator_node *node = stator_at(item, field->attr);
    stator_doc *doc = NULL;
    if (has(field, STATOR_F_JSON)) {
        const char *json = text_of(field, item);
        if (json == NULL) return refuse_type(field, "a text without NUL");
        const stator_rc rc = stator_doc_parse(json, strlen(json), STATOR_JSON_PLAIN, &doc);
        if (rc == STATOR_E_NOMEM) return rc;
        if (rc != STATOR_OK) return refuse_type(field, "the JSON of an object");
    } else {
        if (stator_type(node) != STATOR_MAP) return refuse_type(field, "a map");
        doc = stator_doc_copy(node);
        if (doc == NULL) return stator_fail(STATOR_E_NOMEM, "out of memory");
    }
    memcpy(at(field, object), &doc, sizeof doc);
    return STATOR_OK;
}

static void doc_clear(const stator_field *field, void *object)
{
    stator_doc *doc = NULL;
    memcpy(&doc, at(field, object), sizeof doc);
    stator_doc_free(doc);
}

/* ---- the table */

/* clang-format off */
static const struct kind {
    value_fn *value;
    read_fn *read;
    void (*clear)(const stator_field *, void *); /* NULL: it points at nothing */
    uint32_t size;                               /* 0: any */
} kinds[] = {
    [STATOR_CHARS_]   = {chars_value,   chars_read,   NULL,          0},
    [STATOR_CSTR_]    = {cstr_value,    cstr_read,    cstr_clear,    sizeof(char *)},
    [STATOR_INT_]     = {int_value,     int_read,     NULL,          0},
    [STATOR_DBL_]     = {dbl_value,     dbl_read,     NULL,          sizeof(double)},
    [STATOR_DEC_]     = {chars_value,   chars_read,   NULL,          0},
    [STATOR_BOOL_]    = {bool_value,    bool_read,    NULL,          sizeof(bool)},
    [STATOR_TIME_]    = {time_value,    time_read,    NULL,          sizeof(int64_t)},
    [STATOR_ENUM_]    = {enum_value,    enum_read,    NULL,          0},
    [STATOR_STRINGS_] = {strings_value, strings_read, strings_clear, sizeof(stator_strings)},
    [STATOR_DOC_]     = {doc_value,     doc_read,     doc_clear,     sizeof(stator_doc *)},
};
/* clang-format on */

/* Which kinds a role is for: one bit each. */
static const struct {
    unsigned flag, kinds;
    const char *why;
} roles[] = {
    {STATOR_F_VERSION, 1 << STATOR_INT_,  "has the version, and must be an integer"},
    {STATOR_F_FROM_0,  1 << STATOR_INT_,  "starts at 0, and must be a version"     },
    {STATOR_F_CREATED, 1 << STATOR_TIME_, "has a time by its role, and must be one"},
    {STATOR_F_UPDATED, 1 << STATOR_TIME_, "has a time by its role, and must be one"},
    {STATOR_F_TTL,     1 << STATOR_TIME_, "has a time by its role, and must be one"},
    {STATOR_F_SECONDS, 1 << STATOR_TIME_, "has seconds, and must be a time"        },
    {STATOR_F_JSON,    1 << STATOR_DOC_,  "is JSON, and must be a document"        },
};

static bool is_integer(const stator_field *field)
{
    const uint32_t size = field->size;
    return size == 1 || size == 2 || size == 4 || size == 8;
}

static stator_rc check_name(const stator_field *field)
{
    if (field->attr == NULL || field->attr[0] == '\0')
        return stator_fail(STATOR_E_INVALID, "a member of the model has no attribute's name");
    if (strlen(field->attr) > ATTR_BYTES_MAX || strpbrk(field->attr, ".[],:\\") != NULL)
        return refuse(field, STATOR_E_INVALID, "has a name that is too long, or a sign of paths");
    return STATOR_OK;
}

stator_rc member_check(const stator_field *field)
{
    const stator_rc rc = check_name(field);
    if (rc != STATOR_OK) return rc;
    if (field->kind >= ARRAY_COUNT(kinds) || kinds[field->kind].value == NULL)
        return refuse(field, STATOR_E_INVALID, "is of no kind");
    const uint32_t size = kinds[field->kind].size;
    const bool is_number = field->kind == STATOR_INT_ || field->kind == STATOR_ENUM_;
    if (field->size == 0 || (size != 0 && field->size != size) || (is_number && !is_integer(field)))
        return refuse(field, STATOR_E_INVALID, "has not the size of its kind");
    if (field->kind == STATOR_ENUM_ && field->names == NULL)
        return refuse(field, STATOR_E_INVALID, "is an enum without names");
    for (size_t i = 0; i < ARRAY_COUNT(roles); i++)
        if (has(field, roles[i].flag) && (roles[i].kinds >> field->kind & 1) == 0)
            return refuse(field, STATOR_E_INVALID, roles[i].why);
    return STATOR_OK;
}

stator_rc member_value(const stator_field *field, const void *object, struct member_room *room,
                       stator_val *out)
{
    return kinds[field->kind].value(field, object, room, out);
}

stator_rc member_read(const stator_field *field, const stator_node *item, void *object)
{
    const stator_kind type = stator_type(stator_at(item, field->attr));
    if (type != STATOR_NONE && type != STATOR_NULL)
        return kinds[field->kind].read(field, item, object);
    memset(at(field, object), 0, field->size);
    if (field->kind == STATOR_ENUM_) (void)member_put_int(field, object, -1); /* fits any size */
    return STATOR_OK;
}

void member_clear(const stator_field *field, void *object)
{
    if (kinds[field->kind].clear == NULL) return;
    kinds[field->kind].clear(field, object);
    memset(at(field, object), 0, field->size);
}

void member_room_free(struct member_room *room)
{
    for (size_t i = 0; i < room->json_count; i++) stator_free(room->jsons[i]);
    room->json_count = 0;
}
