/* load_mix.h -- what is sent: one kind of request, or several, each with its share.
 *
 * A mix of more than one kind runs over items that others delete, put and have in transactions at
 * the same time. There a refused condition and a conflict of transactions are answers, each counted
 * by itself; for a single kind they are errors.
 *
 * Memory: a mix owns its requests until load_mix_deinit.
 */
#ifndef STATOR_BENCH_LOAD_MIX_H
#define STATOR_BENCH_LOAD_MIX_H

#include "load_request.h"

enum { LOAD_MIX_KINDS_MAX = 12 };

struct load_kind {
    const char *name; /* static */
    unsigned share;   /* of share_sum requests so many are of this kind */
    struct load_request request;
};

struct load_mix {
    struct load_kind kinds[LOAD_MIX_KINDS_MAX];
    size_t count;
    unsigned share_sum;
};

/* Requests of `op` alone. False: no memory. */
MUST_USE bool load_mix_init_one(struct load_mix *mix, load_op op,
                                const struct load_request_options *options);

/* The mixed load of README.md. False: no memory. */
MUST_USE bool load_mix_init_all(struct load_mix *mix, const struct load_request_options *options);

void load_mix_deinit(struct load_mix *mix);

/* The place in `kinds` that `random` falls on. */
MUST_USE size_t load_mix_pick(const struct load_mix *mix, uint64_t random);

#endif
