/* linearize.c -- see linearize.h.
 *
 * How a window is made smaller without becoming untrue:
 *
 * W1  It ends with the first answer that no order explains. What had no answer by then is unknown.
 * W2  It begins with the last answer before that at which there was one configuration only: what
 *     had happened by then is in its initial state.
 * W3  A read or refusal may be left out, and an answer may be taken for unknown: both allow more.
 *     What is rejected even so contradicts itself.
 */
#include "linear/linearize.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "linear/history_text.h"

enum { REDUCE_OPS_MAX = 120, REDUCE_CONFIGURATIONS = 20000 };

static double spent_s(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- parts */

static uint32_t used_keys(const struct history *history)
{
    uint32_t keys = 0;
    for (size_t i = 0; i < history->count; i++) keys |= history_keys(&history->ops[i]);
    return keys;
}

/* All items that operations join to `key`, itself included. */
static uint32_t part_of(const struct history *history, unsigned key)
{
    uint32_t part = 1U << key;
    for (bool grows = true; grows;) {
        grows = false;
        for (size_t i = 0; i < history->count; i++) {
            const uint32_t keys = history_keys(&history->ops[i]);
            if (history->ops[i].outcome == OUTCOME_NOTHING) continue;
            if ((keys & part) == 0 || (keys & ~part) == 0) continue;
            part |= keys;
            grows = true;
        }
    }
    return part;
}

static void check_part(const struct history *history, uint32_t keys, uint64_t configurations_max,
                       struct linearize_report *report)
{
    struct search *search = search_new(history, keys);
    const search_verdict verdict =
        search_run(search, &(struct search_options){configurations_max, false, SEARCH_ANYWHERE});
    report->configurations += search->configurations;
    report->parts++;
    if (search->bytes > report->bytes) report->bytes = search->bytes;
    if (verdict != SEARCH_ACCEPTED) {
        report->verdict = verdict;
        report->keys = keys;
    }
    search_free(search);
}

search_verdict linearize_check(const struct history *history, uint64_t configurations_max,
                               struct linearize_report *report)
{
    const double begun = spent_s();
    const uint64_t most = configurations_max > 0 ? configurations_max : LINEARIZE_CONFIGURATIONS;
    uint32_t checked = 0;
    *report = (struct linearize_report){.verdict = SEARCH_ACCEPTED};
    const uint32_t used = used_keys(history);
    for (unsigned key = 0; key < HISTORY_KEYS_MAX; key++) {
        if ((used & ~checked & (1U << key)) == 0) continue;
        const uint32_t keys = part_of(history, key);
        checked |= keys;
        if (report->verdict != SEARCH_REJECTED) check_part(history, keys, most, report);
    }
    report->seconds = spent_s() - begun;
    return report->verdict;
}

/* ---- windows */

static bool is_rejected(const struct history *history, uint64_t configurations_max)
{
    struct linearize_report report;
    return linearize_check(history, configurations_max, &report) == SEARCH_REJECTED;
}

/* The event that is the answer of each operation; SEARCH_ANYWHERE: none. */
static uint32_t *answers_of(const struct search *search)
{
    uint32_t *answers = malloc((search->history->count + 1) * sizeof *answers);
    assert(answers != NULL);
    for (size_t i = 0; i < search->history->count; i++) answers[i] = SEARCH_ANYWHERE;
    for (uint32_t i = 0; i < search->event_count; i++)
        if (search->events[i].is_return) answers[search->events[i].op] = i;
    return answers;
}

/* W1: what is called up to the event `end`, and known by then. */
static void take_up_to(const struct search *search, uint32_t end, struct history *out)
{
    uint32_t *answers = answers_of(search);
    memcpy(out->initial, search->history->initial, sizeof out->initial);
    for (uint32_t i = 0; i <= end; i++) {
        if (search->events[i].is_return) continue;
        struct history_op op = search->history->ops[search->events[i].op];
        const bool is_known = answers[search->events[i].op] <= end;
        if (!is_known && history_is_pure(&op)) continue;
        if (!is_known && op.outcome != OUTCOME_UNKNOWN) {
            op.outcome = OUTCOME_UNKNOWN;
            op.ret = HISTORY_NEVER;
        }
        history_add(out, &op);
    }
    free(answers);
}

/* W1: the shortest beginning that is rejected; what is longer is rejected as well. */
static void take_shortest(const struct search *search, struct history *out)
{
    uint32_t low = 0;
    uint32_t high = (uint32_t)search->event_count - 1;
    while (low < high) {
        struct history some = {0};
        const uint32_t middle = low + (high - low) / 2;
        take_up_to(search, middle, &some);
        if (is_rejected(&some, 0))
            high = middle;
        else
            low = middle + 1;
        history_deinit(&some);
    }
    take_up_to(search, high, out);
}

/* The last event that one configuration alone reached; 0: the beginning. */
static uint32_t last_alone(const struct search *search)
{
    uint32_t event = search->deepest;
    while (event > 0 && search->arrivals[event] != 1) event--;
    return event;
}

/* Search once more, and capture where `event` is reached. */
static void search_to(struct search *search, uint32_t event)
{
    memset(search->arrivals, 0, (search->event_count + 1) * sizeof *search->arrivals);
    const struct search_options options = {UINT64_MAX, true, event};
    const search_verdict verdict = search_run(search, &options);
    assert(verdict == SEARCH_REJECTED);
}

/* W2: what is open at the captured configuration and can still happen, and what comes after it. */
static void cut(const struct search *search, struct history *out)
{
    const struct search_config *from = &search->captured;
    uint32_t *answers = answers_of(search);
    memcpy(out->initial, from->state.cells, sizeof out->initial);
    for (uint32_t i = 0; i < search->event_count; i++) {
        const uint32_t at = search->events[i].op;
        const bool is_over = answers[at] < from->event || !search_may_happen(search, from, at);
        if (search->events[i].is_return || (i < from->event && is_over)) continue;
        history_add(out, &search->history->ops[at]);
    }
    free(answers);
}

static void remove_op(struct history *history, size_t at)
{
    memmove(&history->ops[at], &history->ops[at + 1],
            (history->count - at - 1) * sizeof *history->ops);
    history->count--;
}

/* W3, for one operation. */
static bool try_without(struct history *window, size_t at)
{
    const struct history_op op = window->ops[at];
    if (history_is_pure(&op)) {
        remove_op(window, at);
        if (is_rejected(window, REDUCE_CONFIGURATIONS)) return true;
        history_add(window, &op);
        memmove(&window->ops[at + 1], &window->ops[at],
                (window->count - at - 1) * sizeof *window->ops);
        window->ops[at] = op;
        return false;
    }
    if (op.outcome == OUTCOME_UNKNOWN) return false;
    window->ops[at].outcome = OUTCOME_UNKNOWN;
    window->ops[at].ret = HISTORY_NEVER;
    if (!is_rejected(window, REDUCE_CONFIGURATIONS)) window->ops[at] = op;
    return false;
}

static void reduce(struct history *window)
{
    if (window->count > REDUCE_OPS_MAX) return;
    for (size_t i = 0; i < window->count;)
        if (!try_without(window, i)) i++;
}

void linearize_window(const struct history *history, struct history *out)
{
    struct linearize_report report;
    struct history shortest = {0};
    const search_verdict verdict = linearize_check(history, 0, &report);
    assert(verdict == SEARCH_REJECTED);
    struct search *whole = search_new(history, report.keys);
    take_shortest(whole, &shortest);
    search_free(whole);
    struct search *search = search_new(&shortest, report.keys);
    search_to(search, SEARCH_ANYWHERE);
    search_to(search, last_alone(search));
    cut(search, out);
    search_free(search);
    if (is_rejected(out, 0)) {
        history_deinit(&shortest);
    } else { /* the epochs of then are missing in it */
        history_deinit(out);
        *out = shortest;
    }
    assert(is_rejected(out, 0));
    (void)snprintf(out->title, sizeof out->title, "%s", history->title);
    reduce(out);
}

/* ---- words */

static void write_window(const struct history *history, FILE *file)
{
    struct history window = {0};
    linearize_window(history, &window);
    (void)fprintf(file, "# no order of these explains what was seen:\n#\n");
    for (unsigned key = 0; key < HISTORY_KEYS_MAX; key++) {
        if (window.initial[key].has == 0) continue;
        (void)fprintf(file, "#     initial k%u ", key);
        history_text_write_cell(&window.initial[key], file);
        (void)fputc('\n', file);
    }
    for (size_t i = 0; i < window.count; i++) {
        (void)fputs("#     ", file);
        history_text_write_op(&window.ops[i], file);
        (void)fputc('\n', file);
    }
    (void)fputs("#\n", file);
    history_deinit(&window);
}

void linearize_write(const struct history *history, const struct linearize_report *report,
                     FILE *file)
{
    if (report->verdict == SEARCH_UNDECIDED)
        (void)fprintf(file, "# undecided after %llu configurations\n",
                      (unsigned long long)report->configurations);
    if (report->verdict == SEARCH_REJECTED) write_window(history, file);
    history_text_write(history, file);
}
