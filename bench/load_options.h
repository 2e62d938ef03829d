/* load_options.h -- the command line of bench_load; README.md lists it. */
#ifndef STATOR_BENCH_LOAD_OPTIONS_H
#define STATOR_BENCH_LOAD_OPTIONS_H

#include "load_request.h"

/* What a run does with its operation. */
typedef enum load_options_kind {
    LOAD_OPTIONS_TIMED,  /* on random items, for --seconds after --warmup */
    LOAD_OPTIONS_MIXED,  /* the same, of every kind */
    LOAD_OPTIONS_LOADS,  /* on every item once */
    LOAD_OPTIONS_CREATES /* once, and then waits for the table */
} load_options_kind;

struct load_options_op {
    const char *name;
    load_op op; /* without a meaning for LOAD_OPTIONS_MIXED */
    load_options_kind kind;
};

/* Texts are the command line's own. */
struct load_options {
    const char *host;
    unsigned port;
    const struct load_options_op *op;
    const char *table;
    const char *iterator;
    unsigned items;
    unsigned item_bytes;
    unsigned connections;
    unsigned rate;     /* 0: each connection sends its next request when the last one is answered */
    unsigned requests; /* measure so many, however long they take; 0: for `seconds` */
    unsigned seconds;
    unsigned warmup;
    unsigned every; /* 0: what was measured is told at the end only */
    unsigned life;
    unsigned pid;
    bool is_line;
    bool is_random;
};

/* The defaults, and what the command line says. False: it is not understood, and stderr says so. */
MUST_USE bool load_options_read(int argc, char **argv, struct load_options *out);

#endif
