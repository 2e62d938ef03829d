/* flags.c -- see flags.h. */
#include "cmd/flags.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { WORD_BYTES_MAX = 32, TYPO_EDITS_MAX = 2, HELP_COLUMN = 40 };

/* ---- did you mean */

static unsigned least(unsigned a, unsigned b, unsigned c)
{
    const unsigned ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* How many letters must be put in, taken out or changed to make `b` of `a` (Levenshtein), by rows:
 * row[j] is the distance of the letters of `a` so far to the first j of `b`. */
static unsigned edits(const char *a, const char *b)
{
    const size_t b_len = strnlen(b, WORD_BYTES_MAX);
    unsigned row[WORD_BYTES_MAX + 1];
    for (unsigned j = 0; j <= b_len; j++) row[j] = j;
    for (unsigned i = 0; i < WORD_BYTES_MAX && a[i] != 0; i++) {
        unsigned diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < b_len; j++) {
            const unsigned change = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = least(change, row[j] + 1, row[j + 1] + 1);
        }
    }
    return row[b_len];
}

const char *flags_closest(const char *word, const char *const *names, size_t stride, size_t count)
{
    const char *best = NULL;
    unsigned best_edits = TYPO_EDITS_MAX + 1;
    for (size_t i = 0; i < count; i++) {
        const char *const *name = (const void *)((const char *)names + i * stride);
        const unsigned n = edits(word, *name);
        if (n >= best_edits) continue;
        best = *name;
        best_edits = n;
    }
    return best;
}

/* ---- reading */

struct reading {
    const struct flags *flags;
    uint32_t given; /* bit i: flag i was given */
    char *options;
    struct error *err;
};

static status fail_unknown(const struct reading *reading, const char *word, size_t len)
{
    const struct flags *flags = reading->flags;
    char name[WORD_BYTES_MAX + 1] = {0};
    memcpy(name, word, len < WORD_BYTES_MAX ? len : WORD_BYTES_MAX);
    const char *meant =
        flags_closest(name, &flags->table[0].name, sizeof flags->table[0], flags->count);
    if (word[0] != '-')
        return FAIL(reading->err, ST_VALIDATION, "%s: %s is not an option; see %s --help",
                    flags->command, word, flags->command);
    if (meant != NULL)
        return FAIL(reading->err, ST_VALIDATION, "%s: unknown option %.*s; did you mean %s?",
                    flags->command, (int)len, word, meant);
    return FAIL(reading->err, ST_VALIDATION, "%s: unknown option %.*s; see %s --help",
                flags->command, (int)len, word, flags->command);
}

static status read_number(const struct reading *reading, const struct flag *flag, const char *text,
                          unsigned *out)
{
    char *end = NULL;
    errno = 0;
    const unsigned long n = strtoul(text, &end, 10);
    const bool is_number = text[0] >= '0' && text[0] <= '9' && *end == 0 && errno == 0;
    if (!is_number || n < flag->min || n > flag->max)
        return FAIL(reading->err, ST_VALIDATION, "%s: %s takes a number from %u to %u, not %s",
                    reading->flags->command, flag->name, flag->min, flag->max, text);
    *out = (unsigned)n;
    return ST_OK;
}

static status read_choice(const struct reading *reading, const struct flag *flag, const char *text,
                          unsigned *out)
{
    for (unsigned i = 0; i < FLAG_CHOICES_MAX && flag->choices[i] != NULL; i++) {
        if (strcmp(flag->choices[i], text) != 0) continue;
        *out = i;
        return ST_OK;
    }
    return FAIL(reading->err, ST_VALIDATION, "%s: %s takes %s, not %s", reading->flags->command,
                flag->name, flag->value, text);
}

static status read_value(const struct reading *reading, const struct flag *flag, const char *text)
{
    void *field = reading->options + flag->offset;
    switch (flag->kind) {
    case FLAG_SWITCH:
        *(bool *)field = true;
        return ST_OK;
    case FLAG_TEXT:
        if (text[0] == 0)
            return FAIL(reading->err, ST_VALIDATION, "%s: %s must not be empty",
                        reading->flags->command, flag->name);
        *(const char **)field = text;
        return ST_OK;
    case FLAG_NUMBER:
        return read_number(reading, flag, text, field);
    case FLAG_CHOICE:
        return read_choice(reading, flag, text, field);
    }
    return ST_INTERNAL;
}

static const struct flag *find(const struct flags *flags, const char *word, size_t len)
{
    for (size_t i = 0; i < flags->count; i++)
        if (strlen(flags->table[i].name) == len && memcmp(flags->table[i].name, word, len) == 0)
            return &flags->table[i];
    return NULL;
}

/* flag := name | name "=" value | name value: read the one at argv[*at], and step over it. */
static status read_flag(struct reading *reading, char *const *argv, int count, int *at)
{
    const struct flags *flags = reading->flags;
    const char *word = argv[*at];
    const size_t len = strcspn(word, "=");
    const struct flag *flag = find(flags, word, len);
    if (flag == NULL) return fail_unknown(reading, word, len);
    const uint32_t bit = UINT32_C(1) << (flag - flags->table);
    if ((reading->given & bit) != 0)
        return FAIL(reading->err, ST_VALIDATION, "%s: %s is given twice", flags->command,
                    flag->name);
    reading->given |= bit;

    const char *value = word[len] == '=' ? word + len + 1 : NULL;
    if (flag->kind == FLAG_SWITCH && value != NULL)
        return FAIL(reading->err, ST_VALIDATION, "%s: %s takes no value", flags->command,
                    flag->name);
    if (flag->kind != FLAG_SWITCH && value == NULL) {
        if (*at + 1 >= count)
            return FAIL(reading->err, ST_VALIDATION, "%s: %s needs a value: %s %s", flags->command,
                        flag->name, flag->name, flag->value);
        value = argv[++*at];
    }
    ++*at;
    return read_value(reading, flag, value);
}

status flags_parse(const struct flags *flags, char *const *argv, int count, void *options,
                   struct error *err)
{
    assert(flags->count <= FLAGS_MAX);
    struct reading reading = {.flags = flags, .options = options, .err = err};
    int at = 0;
    while (at < count) TRY(read_flag(&reading, argv, count, &at));
    return ST_OK;
}

/* ---- explaining */

void flags_print(const struct flags *flags, FILE *out)
{
    for (size_t i = 0; i < flags->count; i++) {
        const struct flag *flag = &flags->table[i];
        const char *value = flag->value == NULL ? "" : flag->value;
        const int width = HELP_COLUMN - (int)strlen(flag->name) - 4;
        (void)fprintf(out, "  %s %-*s %s", flag->name, width, value, flag->help);
        if (flag->initial != NULL) (void)fprintf(out, " (%s)", flag->initial);
        (void)fprintf(out, "\n");
    }
}
