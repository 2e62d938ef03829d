/* linearize.h -- can what clients saw be explained by one thing happening after the other?
 *
 *     linearize_check    accepted, rejected, or undecided within the bounds
 *     linearize_window   of a rejected history, the smallest stretch that cannot be explained
 *
 * Accepted means: there is an order of all operations that keeps to real time (what was answered
 * before another was called comes before it) and in which each was answered as the model answers
 * (keyspace.h). Unknown operations may be left out of it. Items that no operation joins are checked
 * apart, which is the same and faster (Herlihy and Wing: linearizability is local).
 */
#ifndef STATOR_TESTS_LINEAR_LINEARIZE_H
#define STATOR_TESTS_LINEAR_LINEARIZE_H

#include <stdio.h>

#include "linear/search.h"

enum { LINEARIZE_CONFIGURATIONS = 4000000 }; /* of each part: some 200 MB, some 20 s */

struct linearize_report {
    search_verdict verdict;
    uint32_t parts;          /* groups of items that were checked apart */
    uint64_t configurations; /* that were looked at, of all parts */
    size_t bytes;            /* the most that one part took */
    double seconds;          /* of the processor */
    uint32_t keys;           /* not accepted: of the part that was not */
};

/* `configurations_max` 0: LINEARIZE_CONFIGURATIONS. */
search_verdict linearize_check(const struct history *history, uint64_t configurations_max,
                               struct linearize_report *report);

/* Of a rejected history: *out, which is empty, becomes a history that is rejected as well, and true
 * of the same run: it begins in the only state that the operations before it can have left, ends
 * with the answer that cannot be, and lacks what the contradiction does without. */
void linearize_window(const struct history *history, struct history *out);

/* Write a rejected or undecided history to `file`: what is wrong, the window as comments, all of it
 * for playing again. */
void linearize_write(const struct history *history, const struct linearize_report *report,
                     FILE *file);

#endif
