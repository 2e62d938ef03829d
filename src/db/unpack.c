/* unpack.c -- many attributes into variables: "PK:s, Version:i, Note:s?".
 *
 *     format := entry { "," entry }
 *     entry  := path ":" letter [ "?" ]        with blanks around it
 *
 * The format is gone through twice: first everything is found and held against its letter, then
 * the variables are written. So either all are written or none.
 */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "db/node.h"
#include "db/real.h"
#include "db/turn.h"
#include "item/number.h"

struct kind {
    char letter;
    value_type type; /* VALUE_NONE: any */
};

static const struct kind kinds[] = {
    {'s', VALUE_S   },
    {'n', VALUE_N   },
    {'i', VALUE_N   },
    {'d', VALUE_N   },
    {'b', VALUE_BOOL},
    {'v', VALUE_NONE},
    {'x', VALUE_B   },
};

struct entry {
    struct span path;
    const struct kind *kind;
    bool optional;
};

static const struct kind *find_kind(char letter)
{
    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++)
        if (kinds[i].letter == letter) return &kinds[i];
    return NULL;
}

/* ---- the format */

/* The bytes of `rest` up to a comma that no backslash stands before. */
static size_t entry_length(struct span rest)
{
    size_t n = 0;
    while (n < rest.len && rest.ptr[n] != ',') n += rest.ptr[n] == '\\' ? 2 : 1;
    return n < rest.len ? n : rest.len;
}

static bool parse_entry(struct span text, struct entry *out)
{
    text = span_trim(text);
    *out = (struct entry){.optional = text.len > 0 && text.ptr[text.len - 1] == '?'};
    if (out->optional) text.len--;
    if (text.len < 3 || text.ptr[text.len - 2] != ':') return false;
    out->kind = find_kind((char)text.ptr[text.len - 1]);
    out->path = span_take(text, text.len - 2);
    return out->kind != NULL;
}

/* Take the next entry off *rest. False: it is none. */
static bool next_entry(struct span *rest, struct entry *out)
{
    const size_t length = entry_length(*rest);
    const struct span text = span_take(*rest, length);
    *rest = span_drop(*rest, length < rest->len ? length + 1 : length);
    return parse_entry(text, out);
}

/* ---- first time: is all there? */

static bool fits(const stator_node *found, const struct entry *entry)
{
    const struct kind *kind = entry->kind;
    int64_t whole = 0;
    if (kind->type != VALUE_NONE && found->value.type != kind->type) return false;
    return kind->letter != 'i' || number_to_i64(found->value.body, &whole);
}

static stator_rc fail_type(const stator_node *found, const struct entry *entry)
{
    const bool not_whole = entry->kind->letter == 'i' && found->value.type == VALUE_N;
    return turn_note(STATOR_E_TYPE, "\"%.*s\" is %s and not what %c stands for",
                     SPAN_ARG(entry->path),
                     not_whole ? "no whole number of 64 bits" : value_type_name(found->value.type),
                     entry->kind->letter);
}

/* Texts are made here, so that writing cannot fail. */
static bool has_text(const stator_node *found, const struct entry *entry)
{
    const bool is_text = entry->kind->letter == 's' || entry->kind->letter == 'n';
    return !is_text || node_text(found) != NULL;
}

static stator_rc fail_memory(void)
{
    return turn_note(STATOR_E_NOMEM, "out of memory");
}

static stator_rc check_entry(const stator_node *node, const struct entry *entry)
{
    const stator_node *found = NULL;
    const status st = node_find(node, entry->path, &found);
    if (st == ST_NO_MEMORY) return fail_memory();
    if (st != ST_OK) return turn_note(STATOR_E_INVALID, PATH_MISTAKE, SPAN_ARG(entry->path));
    if (found == NULL && entry->optional) return STATOR_OK;
    if (found == NULL)
        return turn_note(STATOR_NOT_FOUND, "there is no attribute \"%.*s\"", SPAN_ARG(entry->path));
    if (!fits(found, entry)) return fail_type(found, entry);
    return has_text(found, entry) ? STATOR_OK : fail_memory();
}

static stator_rc check(const stator_node *node, const char *format)
{
    struct span rest = span_of(format);
    do {
        struct entry entry = {0};
        if (!next_entry(&rest, &entry))
            return turn_note(STATOR_E_INVALID,
                             "a format is made of path:letter with letters from \"snidbvx\": "
                             "\"%s\"",
                             format);
        const stator_rc rc = check_entry(node, &entry);
        if (rc != STATOR_OK) return rc;
    } while (rest.len > 0);
    return STATOR_OK;
}

/* ---- second time: write */

/* The variables that are left; in a struct, so that a function can take one of them. */
struct variables {
    va_list list;
};

static int64_t whole_of(const stator_node *found)
{
    int64_t whole = 0;
    return number_to_i64(found->value.body, &whole) ? whole : 0;
}

static void write_bytes(struct variables *to, const stator_node *found)
{
    const void **bytes = va_arg(to->list, const void **);
    size_t *len = va_arg(to->list, size_t *);
    if (found != NULL) *bytes = stator_bytes(found, NULL, len);
}

/* Take the entry's variable, and write it when there is something to write. */
static void write_entry(struct variables *to, const stator_node *found, char letter)
{
    switch (letter) {
    case 's':
    case 'n': {
        const char **text = va_arg(to->list, const char **);
        if (found != NULL) *text = node_text(found);
        break;
    }
    case 'i': {
        int64_t *whole = va_arg(to->list, int64_t *);
        if (found != NULL) *whole = whole_of(found);
        break;
    }
    case 'd': {
        double *real = va_arg(to->list, double *);
        if (found != NULL) *real = real_of(found->value.body);
        break;
    }
    case 'b': {
        bool *yes = va_arg(to->list, bool *);
        if (found != NULL) *yes = value_bool(found->value);
        break;
    }
    case 'v': {
        const stator_node **node = va_arg(to->list, const stator_node **);
        if (found != NULL) *node = found;
        break;
    }
    default:
        write_bytes(to, found);
        break;
    }
}

stator_rc stator_unpack(const stator_node *node, const char *format, ...)
{
    if (format == NULL) return turn_note(STATOR_E_MISUSE, "stator_unpack: `format` is NULL");
    const stator_rc rc = check(node, format);
    if (rc != STATOR_OK) return rc;
    struct span rest = span_of(format);
    struct variables to;
    va_start(to.list, format);
    while (rest.len > 0) {
        struct entry entry = {0};
        if (!next_entry(&rest, &entry)) break;
        const stator_node *found = NULL;
        const status st = node_find(node, entry.path, &found);
        assert(st == ST_OK); /* as it was when it was checked */
        write_entry(&to, found, entry.kind->letter);
    }
    va_end(to.list);
    return STATOR_OK;
}
