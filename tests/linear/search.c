/* search.c -- see search.h.
 *
 * A choice is made at an answer whose operation has not taken effect: it does so now, or another
 * one does first. What keeps the choices few loses no explanation:
 *
 * S1  A pure operation (a read, a refusal) takes effect as soon as the state fits: it hinders none.
 * S2  Before the operation that has to happen, only such happen as are joined to it: they touch its
 *     items, or those of others that are joined, reads that wait for their state included. The rest
 *     commutes with all of these, and can come later: it is open still.
 * S3  An unknown operation that changes nothing does not happen. One that has an end may be found
 *     needed after that: then it happened before all that was called after its end, which is
 *     possible as long as nothing of that is in its past. So each item knows its epoch: the most
 *     ends that had passed when anything was called that happened to it, or to what happened to
 *     it before; an operation takes the epochs of all its items on, and hands them on to all of
 *     them. An unknown one does not happen to items of an epoch that began with its end. A pure
 *     operation waits (S1) where it would bring a new epoch to its items.
 * S4  A configuration that was met is known by 128 bits of a hash. Two that were taken for one
 *     could make a history look wrong that is right, never the reverse; with ten million of them
 *     the chance is below 2^-80.
 *
 * The order of choices decides how soon the right one is found: the operation itself, answered ones
 * on its items, other answered ones, unknown ones.
 */
#include "linear/search.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "linear/glance.h"

/* ---- configurations that were met */

struct print {
    uint64_t half[2]; /* never both 0 */
};

struct met {
    struct print *prints;
    size_t count, cap; /* cap: a power of two */
};

static uint64_t mixed(uint64_t hash, uint64_t word, uint64_t factor)
{
    hash = (hash ^ word) * factor;
    return hash ^ (hash >> 29);
}

static struct print print_of(const struct search_config *config, bool is_arrival)
{
    struct print print = {
        {is_arrival ? 0x243F6A8885A308D3U : 0x13198A2E03707344U, 0xA4093822299F31U}
    };
    static_assert(sizeof *config % sizeof(uint64_t) == 0, "whole words");
    for (size_t i = 0; i < sizeof *config / sizeof(uint64_t); i++) {
        uint64_t word = 0;
        memcpy(&word, (const uint8_t *)config + i * sizeof word, sizeof word);
        print.half[0] = mixed(print.half[0], word, 0x9E3779B97F4A7C15U);
        print.half[1] = mixed(print.half[1] + i, word, 0xC2B2AE3D27D4EB4FU);
    }
    print.half[0] |= 1;
    return print;
}

static struct print *place_of(const struct met *met, struct print print)
{
    size_t i = (size_t)(print.half[1] ^ (print.half[0] >> 7)) & (met->cap - 1);
    for (;; i = (i + 1) & (met->cap - 1)) {
        struct print *place = &met->prints[i];
        if (place->half[0] == 0 || memcmp(place, &print, sizeof print) == 0) return place;
    }
}

static void met_grow(struct met *met)
{
    struct met larger = {.cap = met->cap > 0 ? met->cap * 2 : 1024};
    larger.prints = calloc(larger.cap, sizeof *larger.prints);
    assert(larger.prints != NULL);
    for (size_t i = 0; i < met->cap; i++)
        if (met->prints[i].half[0] != 0) *place_of(&larger, met->prints[i]) = met->prints[i];
    larger.count = met->count;
    free(met->prints);
    *met = larger;
}

/* Is it the first time? */
static bool meet(struct met *met, struct print print)
{
    if ((met->count + 1) * 5 > met->cap * 4) met_grow(met);
    struct print *place = place_of(met, print);
    if (place->half[0] != 0) return false;
    *place = print;
    met->count++;
    return true;
}

/* ---- events */

static int by_time(const void *left, const void *right)
{
    const struct search_event *a = left;
    const struct search_event *b = right;
    if (a->at != b->at) return a->at < b->at ? -1 : 1;
    if (a->is_return != b->is_return) return a->is_return ? 1 : -1; /* at once: concurrent */
    return a->op < b->op ? -1 : a->op > b->op;
}

static int by_value(const void *left, const void *right)
{
    const int64_t *a = left;
    const int64_t *b = right;
    return *a < *b ? -1 : *a > *b;
}

/* The ends of unknown operations, each once, by time: how many there are. */
static size_t list_ends(const struct history *history, int64_t *ends)
{
    size_t all = 0;
    size_t count = 0;
    for (size_t i = 0; i < history->count; i++)
        if (history->ops[i].outcome == OUTCOME_UNKNOWN && history->ops[i].ret != HISTORY_NEVER)
            ends[all++] = history->ops[i].ret;
    qsort(ends, all, sizeof *ends, by_value);
    for (size_t i = 0; i < all; i++)
        if (count == 0 || ends[i] != ends[count - 1]) ends[count++] = ends[i];
    return count;
}

static uint8_t count_before(const int64_t *ends, size_t count, int64_t time)
{
    size_t before = 0;
    while (before < count && ends[before] < time) before++;
    return (uint8_t)before;
}

static void note_facts(struct search *search)
{
    const struct history *history = search->history;
    int64_t *ends = calloc(history->count + 1, sizeof *ends);
    assert(ends != NULL);
    const size_t count = list_ends(history, ends);
    search->is_crowded = count > SEARCH_EPOCHS;
    for (size_t i = 0; i < history->count && !search->is_crowded; i++) {
        const struct history_op *op = &history->ops[i];
        const bool ends_once = op->outcome == OUTCOME_UNKNOWN && op->ret != HISTORY_NEVER;
        search->facts[i] = (struct search_fact){
            .keys = history_keys(op),
            .born = count_before(ends, count, op->call),
            .answered = SEARCH_ANYWHERE,
            .until = ends_once ? count_before(ends, count, op->ret) : UINT8_MAX,
            .is_pure = history_is_pure(op),
        };
    }
    free(ends);
}

static void list_events(struct search *search, uint32_t keys)
{
    const struct history *history = search->history;
    for (uint32_t i = 0; i < history->count; i++) {
        const struct history_op *op = &history->ops[i];
        if (op->outcome == OUTCOME_NOTHING || (history_keys(op) & keys) == 0) continue;
        search->events[search->event_count++] = (struct search_event){.at = op->call, .op = i};
        if (op->outcome == OUTCOME_UNKNOWN) continue;
        search->events[search->event_count++] =
            (struct search_event){.at = op->ret, .op = i, .is_return = true};
    }
    qsort(search->events, search->event_count, sizeof *search->events, by_time);
    for (uint32_t i = 0; i < search->event_count; i++) {
        struct search_fact *fact = &search->facts[search->events[i].op];
        *(search->events[i].is_return ? &fact->answered : &fact->called) = i;
    }
}

static void add_open(struct search *search, uint32_t op)
{
    if (search->open_count == search->open_cap) {
        search->open_cap = search->open_cap > 0 ? search->open_cap * 2 : 1024;
        search->open = realloc(search->open, search->open_cap * sizeof *search->open);
        assert(search->open != NULL);
    }
    search->open[search->open_count++] = op;
}

/* Is it too late for `op` once `other` has happened (S3)? */
static bool is_too_late(const struct search *search, uint32_t op, uint32_t other)
{
    const struct search_fact *fact = &search->facts[op];
    const struct search_fact *after = &search->facts[other];
    return after->born > fact->until && (after->keys & fact->keys) != 0;
}

/* Note what is open at a return, and what is not any more after it. */
static void list_open(struct search *search, struct search_event *event, uint32_t *at_slot)
{
    event->first = (uint32_t)search->open_count;
    for (size_t slot = 0; slot < SEARCH_SLOTS; slot++)
        if (at_slot[slot] != SEARCH_ANYWHERE) add_open(search, at_slot[slot]);
    event->count = (uint32_t)search->open_count - event->first;
    event->over = (uint32_t)search->open_count;
    for (size_t slot = 0; slot < SEARCH_SLOTS; slot++) {
        if (at_slot[slot] == SEARCH_ANYWHERE) continue;
        if (at_slot[slot] != event->op && !is_too_late(search, at_slot[slot], event->op)) continue;
        add_open(search, at_slot[slot]);
        at_slot[slot] = SEARCH_ANYWHERE;
    }
    event->over_count = (uint32_t)search->open_count - event->over;
}

/* Give every operation a slot for as long as it is open. */
static void give_slots(struct search *search)
{
    uint32_t at_slot[SEARCH_SLOTS];
    for (size_t i = 0; i < SEARCH_SLOTS; i++) at_slot[i] = SEARCH_ANYWHERE;
    for (size_t i = 0; i < search->event_count; i++) {
        struct search_event *event = &search->events[i];
        if (event->is_return) {
            list_open(search, event, at_slot);
            continue;
        }
        uint16_t slot = 0;
        while (slot < SEARCH_SLOTS && at_slot[slot] != SEARCH_ANYWHERE) slot++;
        search->is_crowded = slot == SEARCH_SLOTS;
        if (search->is_crowded) return;
        at_slot[slot] = event->op;
        search->facts[event->op].slot = slot;
    }
}

struct search *search_new(const struct history *history, uint32_t keys)
{
    struct search *search = calloc(1, sizeof *search);
    assert(search != NULL);
    search->history = history;
    search->events = calloc(history->count * 2 + 1, sizeof *search->events);
    search->facts = calloc(history->count + 1, sizeof *search->facts);
    search->arrivals = calloc(history->count * 2 + 1, sizeof *search->arrivals);
    assert(search->events != NULL && search->facts != NULL && search->arrivals != NULL);
    note_facts(search);
    list_events(search, keys);
    if (!search->is_crowded) give_slots(search);
    once_init(&search->once, history, keys);
    return search;
}

void search_free(struct search *search)
{
    if (search == NULL) return;
    once_deinit(&search->once);
    free(search->events);
    free(search->facts);
    free(search->arrivals);
    free(search->open);
    free(search);
}

/* ---- a configuration and its steps */

static bool is_done(const struct search_config *config, uint16_t slot)
{
    return (config->done[slot / 64] >> (slot % 64)) & 1;
}

static void set_done(struct search_config *config, uint16_t slot)
{
    config->done[slot / 64] |= (uint64_t)1 << (slot % 64);
}

static void clear_done(struct search_config *config, uint16_t slot)
{
    config->done[slot / 64] &= ~((uint64_t)1 << (slot % 64));
}

/* The epoch that the items of an operation have after it. */
static uint8_t epoch_after(const struct search_fact *fact, const struct search_config *config)
{
    uint8_t epoch = fact->born;
    for (size_t key = 0; key < HISTORY_KEYS_MAX; key++)
        if ((fact->keys >> key & 1) && config->epochs[key] > epoch) epoch = config->epochs[key];
    return epoch;
}

static void bring_epoch(const struct search_fact *fact, struct search_config *config)
{
    const uint8_t epoch = epoch_after(fact, config);
    for (size_t key = 0; key < HISTORY_KEYS_MAX; key++)
        if (fact->keys >> key & 1) config->epochs[key] = epoch;
}

static bool brings_epoch(const struct search_fact *fact, const struct search_config *config)
{
    const uint8_t epoch = epoch_after(fact, config);
    for (size_t key = 0; key < HISTORY_KEYS_MAX; key++)
        if ((fact->keys >> key & 1) && config->epochs[key] != epoch) return true;
    return false;
}

bool search_may_happen(const struct search *search, const struct search_config *config, uint32_t op)
{
    const struct search_fact *fact = &search->facts[op];
    return !is_done(config, fact->slot) && epoch_after(fact, config) <= fact->until;
}

/* S1, for one operation. */
static void let_one_fit(const struct search *search, uint32_t at, struct search_config *config)
{
    const struct search_fact *fact = &search->facts[at];
    if (!fact->is_pure || is_done(config, fact->slot) || brings_epoch(fact, config)) return;
    if (keyspace_fits(&config->state, &search->history->ops[at])) set_done(config, fact->slot);
}

/* S1, for all that is open at a return. */
static void let_fit(const struct search *search, const struct search_event *event,
                    struct search_config *config)
{
    for (uint32_t i = 0; i < event->count; i++)
        let_one_fit(search, search->open[event->first + i], config);
}

/* Pass the event where `config` stands. False: its operation has to happen first. */
static bool pass(const struct search *search, struct search_config *config)
{
    const struct search_event *event = &search->events[config->event];
    const uint16_t slot = search->facts[event->op].slot;
    if (event->is_return) {
        if (!is_done(config, slot)) return false;
        for (uint32_t i = 0; i < event->over_count; i++)
            clear_done(config, search->facts[search->open[event->over + i]].slot);
    } else {
        let_one_fit(search, event->op, config);
    }
    config->event++;
    return true;
}

/* Has an answered operation still to take effect? */
static bool is_to_come(const struct search *search, const struct search_config *config, uint32_t op)
{
    const struct search_fact *fact = &search->facts[op];
    if (fact->called >= config->event) return true;
    return fact->answered >= config->event && !is_done(config, fact->slot);
}

/* S4: does `before` hold a value that `after` has no more, and that is still to be seen? */
static bool ends_too_early(const struct search *search, const struct search_config *before,
                           const struct search_config *after, uint32_t keys)
{
    const uint8_t bit = CELL_HAS << CELL_VALUE;
    for (unsigned key = 0; key < HISTORY_KEYS_MAX; key++) {
        const struct cell *was = &before->state.cells[key];
        const struct cell *is = &after->state.cells[key];
        if (!(keys >> key & 1) || !(was->has & bit)) continue;
        if ((is->has & bit) && is->number[CELL_VALUE] == was->number[CELL_VALUE]) continue;
        const struct once_sight *sight = once_find(&search->once, key, was->number[CELL_VALUE]);
        const uint32_t count = sight != NULL ? sight->count : 0;
        for (uint32_t i = 0; i < count; i++)
            if (is_to_come(search, after, sight[i].op)) return true;
    }
    return false;
}

/* ---- the stack */

struct frame {
    struct search_config config;
    uint32_t first, next, end; /* its choices: places in run.choices */
};

struct run {
    struct search *search;
    const struct search_options *options;
    struct met met;
    struct frame *frames;
    size_t depth, frame_cap;
    uint32_t *choices; /* operations */
    size_t choice_count, choice_cap;
};

static void add_choice(struct run *run, uint32_t op)
{
    if (run->choice_count == run->choice_cap) {
        run->choice_cap = run->choice_cap > 0 ? run->choice_cap * 2 : 1024;
        run->choices = realloc(run->choices, run->choice_cap * sizeof *run->choices);
        assert(run->choices != NULL);
    }
    run->choices[run->choice_count++] = op;
}

/* The items of the operation that returns, and of all that is joined to it (S2). */
static uint32_t reach_of(const struct search *search, const struct search_config *config,
                         const struct search_event *event)
{
    uint32_t keys = search->facts[event->op].keys;
    for (bool grows = true; grows;) {
        grows = false;
        for (uint32_t i = 0; i < event->count; i++) {
            const uint32_t at = search->open[event->first + i];
            const uint32_t more = search->facts[at].keys;
            if ((more & keys) == 0 || (more & ~keys) == 0) continue;
            if (is_done(config, search->facts[at].slot)) continue;
            keys |= more;
            grows = true;
        }
    }
    return keys;
}

/* List what may happen at `event`: of the given certainty, on `keys` but not on `but`. */
static void add_choices(struct run *run, const struct search_config *config, uint32_t keys,
                        uint32_t but, bool is_unknown)
{
    const struct search *search = run->search;
    const struct search_event *event = &search->events[config->event];
    for (uint32_t i = 0; i < event->count; i++) {
        const uint32_t at = search->open[event->first + i];
        const struct history_op *op = &search->history->ops[at];
        const uint32_t touched = search->facts[at].keys;
        if (at == event->op || (op->outcome == OUTCOME_UNKNOWN) != is_unknown) continue;
        if ((touched & keys) == 0 || (touched & but) != 0) continue;
        if (search_may_happen(search, config, at)) add_choice(run, at);
    }
}

static struct frame *add_frame(struct run *run)
{
    if (run->depth == run->frame_cap) {
        run->frame_cap = run->frame_cap > 0 ? run->frame_cap * 2 : 256;
        run->frames = realloc(run->frames, run->frame_cap * sizeof *run->frames);
        assert(run->frames != NULL);
    }
    return &run->frames[run->depth++];
}

static void push(struct run *run, const struct search_config *config)
{
    const struct search *search = run->search;
    const struct search_event *event = &search->events[config->event];
    const uint32_t own = search->facts[event->op].keys;
    const uint32_t reach = reach_of(search, config, event);
    struct frame *frame = add_frame(run);
    frame->config = *config;
    frame->first = frame->next = (uint32_t)run->choice_count;
    if (search_may_happen(search, config, event->op)) add_choice(run, event->op);
    add_choices(run, config, own, 0, false);
    add_choices(run, config, reach, own, false);
    add_choices(run, config, own, 0, true);
    add_choices(run, config, reach, own, true);
    frame->end = (uint32_t)run->choice_count;
}

/* Let the next choice of the topmost frame happen: the configuration after it. False: there is no
 * more that can. */
static bool step(struct run *run, struct search_config *out)
{
    const struct search *search = run->search;
    struct frame *frame = &run->frames[run->depth - 1];
    while (frame->next < frame->end) {
        const uint32_t at = run->choices[frame->next++];
        *out = frame->config;
        if (!keyspace_takes(&out->state, &search->history->ops[at])) continue;
        set_done(out, search->facts[at].slot);
        bring_epoch(&search->facts[at], out);
        if (ends_too_early(search, &frame->config, out, search->facts[at].keys)) continue;
        let_fit(search, &search->events[out->event], out);
        return true;
    }
    run->choice_count = frame->first;
    run->depth--;
    return false;
}

/* S5, for one item of the operation that has to happen. */
static bool can_be_reached(const struct search *search, const struct search_config *config,
                           const struct history_part *part)
{
    const struct search_event *event = &search->events[config->event];
    const struct history_op *op = &search->history->ops[event->op];
    struct glance_step steps[GLANCE_STEPS_MAX];
    size_t count = 0;
    for (uint32_t i = 0; i < event->count; i++) {
        const uint32_t at = search->open[event->first + i];
        const struct history_op *other = &search->history->ops[at];
        const bool is_on_it = search->facts[at].keys >> part->key & 1;
        if (!is_on_it || at == event->op || search->facts[at].is_pure) continue;
        if (!search_may_happen(search, config, at)) continue;
        if (count == GLANCE_STEPS_MAX) return true;
        size_t which = 0;
        while (other->parts[which].key != part->key) which++;
        steps[count++] = (struct glance_step){other, &other->parts[which]};
    }
    return glance_allows(&config->state.cells[part->key], steps, count,
                         (struct glance_step){op, part});
}

static bool is_worth_trying(const struct search *search, const struct search_config *config)
{
    const struct history_op *op = &search->history->ops[search->events[config->event].op];
    for (size_t i = 0; i < op->part_count; i++)
        if (!can_be_reached(search, config, &op->parts[i])) return false;
    return true;
}

static void note_arrival(struct run *run, const struct search_config *config)
{
    struct search *search = run->search;
    if (!run->options->counts_arrivals || !meet(&run->met, print_of(config, true))) return;
    search->arrivals[config->event]++;
    if (config->event == run->options->capture_event) search->captured = *config;
}

/* Go on to the next choice. True: there is none, all events are explained. */
static bool go_on(struct run *run, struct search_config *config, bool *is_new)
{
    struct search *search = run->search;
    *is_new = meet(&run->met, print_of(config, false));
    while (*is_new && config->event < search->event_count) {
        if (!pass(search, config)) break;
        if (config->event == search->event_count) break;
        note_arrival(run, config);
        *is_new = meet(&run->met, print_of(config, false));
    }
    return config->event == search->event_count;
}

static search_verdict run_all(struct run *run, struct search_config *config)
{
    struct search *search = run->search;
    bool is_new = false;
    note_arrival(run, config);
    for (;;) {
        if (go_on(run, config, &is_new)) return SEARCH_ACCEPTED;
        if (config->event > search->deepest) search->deepest = config->event;
        if (is_new && is_worth_trying(search, config)) push(run, config);
        while (run->depth > 0 && !step(run, config)) continue;
        if (run->depth == 0) return SEARCH_REJECTED;
        if (run->met.count > run->options->configurations_max) return SEARCH_UNDECIDED;
    }
}

search_verdict search_run(struct search *search, const struct search_options *options)
{
    struct run run = {.search = search, .options = options};
    struct search_config config = {0};
    memcpy(config.state.cells, search->history->initial, sizeof config.state.cells);
    search->deepest = 0;
    if (search->is_crowded) return SEARCH_UNDECIDED;
    const search_verdict verdict = run_all(&run, &config);
    search->configurations = run.met.count;
    search->bytes = run.met.cap * sizeof *run.met.prints + run.frame_cap * sizeof *run.frames +
                    run.choice_cap * sizeof *run.choices;
    free(run.met.prints);
    free(run.frames);
    free(run.choices);
    return verdict;
}
