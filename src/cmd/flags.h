/* flags.h -- command-line options described by a table, read and explained from it.
 *
 *     static const struct flag serve_flags[] = {
 *         {"--port", "N", "TCP port; 0 takes a free one", "8000",
 *          FLAG_NUMBER, offsetof(struct serve_options, port), .max = 65535},
 *         …
 *     };
 *
 * "--name value" and "--name=value" mean the same. A flag given twice is an error: one of the two
 * was meant, and nobody can say which.
 *
 * Memory: texts point into argv.
 */
#ifndef STATOR_CMD_FLAGS_H
#define STATOR_CMD_FLAGS_H

#include <stddef.h>
#include <stdio.h>

#include "base/error.h"

typedef enum flag_kind {
    FLAG_SWITCH, /* bool: no value */
    FLAG_TEXT,   /* const char *: not empty */
    FLAG_NUMBER, /* unsigned: decimal, min .. max */
    FLAG_CHOICE, /* unsigned: the place of the value in `choices` */
} flag_kind;

enum { FLAG_CHOICES_MAX = 4, FLAGS_MAX = 32 };

struct flag {
    const char *name;    /* "--port" */
    const char *value;   /* how the help shows its value: "N"; NULL for a switch */
    const char *help;    /* one line */
    const char *initial; /* how the help shows what holds without it; NULL: nothing to show */
    flag_kind kind;
    size_t offset; /* of its field in the options struct */
    unsigned min;
    unsigned max;
    const char *choices[FLAG_CHOICES_MAX]; /* NULL-ended where there are fewer */
};

/* A command's flags, at most FLAGS_MAX of them. */
struct flags {
    const char *command; /* "stator serve", for messages */
    const struct flag *table;
    size_t count;
};

/* Read argv[0 .. count) into the struct at `options`, which holds the initial values.
 * ST_VALIDATION: `err` says in one line what is wrong. */
MUST_USE status flags_parse(const struct flags *flags, char *const *argv, int count, void *options,
                            struct error *err);

/* One line per flag, aligned. */
void flags_print(const struct flags *flags, FILE *out);

/* Of `count` names, `stride` bytes apart, the one most like `word`; NULL when none is much like it.
 * `word` and the names are compared up to 32 bytes. */
MUST_USE const char *flags_closest(const char *word, const char *const *names, size_t stride,
                                   size_t count);

#endif
