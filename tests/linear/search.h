/* search.h -- is there an order? A depth-first search for the one that explains a history.
 *
 * An operation may take effect at any moment between its call and its answer. The search walks
 * through calls and answers by time, and lets an operation take effect as late as can be: when its
 * answer comes, or when another one cannot be explained without it ("just in time", Lowe 2017,
 * after Wing and Gong 1993). Where it stands is a configuration: the next event, which of the
 * operations that are open have taken effect, and the state of the items. One that was met before
 * is not looked at again.
 *
 *     search_new -> search_run -> what it found, below -> search_free
 *
 * Bounds: 40 bytes for each configuration, of which there are at most configurations_max; some 400
 * for each operation that stands on the stack. Beyond the bound, or with more than SEARCH_SLOTS
 * operations open at once (unknown ones are for ever) or SEARCH_EPOCHS ends of unknown ones, the
 * verdict is SEARCH_UNDECIDED.
 */
#ifndef STATOR_TESTS_LINEAR_SEARCH_H
#define STATOR_TESTS_LINEAR_SEARCH_H

#include "linear/keyspace.h"
#include "linear/once.h"

enum { SEARCH_SLOTS = 512, SEARCH_WORDS = SEARCH_SLOTS / 64, SEARCH_EPOCHS = 254 };
#define SEARCH_ANYWHERE UINT32_MAX /* no place */

typedef enum { SEARCH_ACCEPTED, SEARCH_REJECTED, SEARCH_UNDECIDED } search_verdict;

struct search_event {
    int64_t at;
    uint32_t op;    /* its place in history->ops */
    bool is_return; /* unknown operations have none */
    uint32_t first; /* of a return: the operations that are open then, its own included, … */
    uint32_t count; /* … are search->open[first] and so on */
    uint32_t over;  /* of a return: those that are not open any more after it: its own, and unknown
                       ones for which it is too late, … */
    uint32_t over_count; /* … are search->open[over] and so on */
};

struct search_config {
    uint32_t event;
    uint32_t reserved;
    uint64_t done[SEARCH_WORDS];      /* a bit for each slot: has it taken effect? */
    uint8_t epochs[HISTORY_KEYS_MAX]; /* S3 */
    struct keyspace state;
};

/* What is known of each operation before the search. */
struct search_fact {
    uint32_t keys;
    uint16_t slot;
    uint32_t called;   /* the event of its call, … */
    uint32_t answered; /* … and of its answer; SEARCH_ANYWHERE: there is none */
    uint8_t born;      /* how many ends of unknown operations come before its call */
    uint8_t until; /* how many come before its own end: it can only be joined to such as are born
                      then or earlier; 255: it has none */
    bool is_pure;
};

struct search {
    const struct history *history;
    struct search_event *events;
    size_t event_count;
    uint32_t *open; /* places in history->ops */
    size_t open_count, open_cap;
    struct search_fact *facts; /* of each operation of the history */
    struct once once;          /* S4 */
    bool is_crowded;           /* more than SEARCH_SLOTS or SEARCH_EPOCHS are needed */

    /* what search_run found */
    uint64_t configurations;
    uint32_t deepest;   /* rejected: no event after it was reached */
    uint32_t *arrivals; /* of counts_arrivals: how many configurations reached an event */
    struct search_config captured; /* one that reached capture_event */
    size_t bytes;                  /* of memory, at most */
};

struct search_options {
    uint64_t configurations_max;
    bool counts_arrivals;
    uint32_t capture_event; /* of counts_arrivals; SEARCH_ANYWHERE: none */
};

/* May `op` still happen: has it not, and is its time not over (S3 of search.c)? */
bool search_may_happen(const struct search *search, const struct search_config *config,
                       uint32_t op);

/* Of `history`, the operations on items of `keys` alone. */
struct search *search_new(const struct history *history, uint32_t keys);
search_verdict search_run(struct search *search, const struct search_options *options);
void search_free(struct search *search);

#endif
