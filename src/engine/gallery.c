/* gallery.c -- halls, each with the set of one index, and the thread that takes vectors into their
 * graphs.
 *
 * A hall is entered by turns. Everyone draws a ticket; tickets are served in their order; who comes
 * to search enters beside other searches, who comes to change waits until they have left and has
 * the hall alone. So neither a stream of searches nor the thread can keep the others out, and the
 * lock is held for moments only.
 *
 *     search   alone: load or apply notes, if there is need     shared: search
 *     thread   alone: apply notes, link LINKED_AT_ONCE
 */
#include "engine/gallery.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "os/cond.h"
#include "os/mutex.h"
#include "os/thread.h"
#include "table/item_key.h"

enum {
    LINKED_AT_ONCE = 4,         /* a search waits for so many at most */
    NOTES_BYTES_MAX = 64 << 20, /* GA2 */
    NOTE_VECTORS_MIN = 2000,
    NOTE_PARTS = 10,
    TEXT_BYTES = 700,
    LOAD_ARENA_BYTES_MAX = 1 << 20,
    KIND_AND_NUMBER_BYTES = 5,
};

/* What a write changed, and behind it in memory: the vector, the key. */
struct note {
    struct note *next;
    size_t bytes;
    struct span key;
    float *values; /* NULL: it has none now */
};

struct hall {
    /* constant */
    struct table_vectors vectors; /* without its names */
    char name[TEXT_BYTES];

    /* below: held under the gallery's lock */
    struct hall *next;
    uint32_t users; /* threads that have it in hand */
    bool is_ended;
    uint64_t tickets_given, tickets_served;
    uint32_t readers;
    bool is_taken; /* by one alone */
    struct note *notes;
    struct note **notes_end;
    size_t note_bytes;
    bool is_stale;               /* notes were forgotten, and none is taken: it is to be loaded */
    bool is_loaded;              /* `set` is what was in the store, but for notes */
    struct vector_counts counts; /* of the set, when it was last left by one alone */

    /* of those whose turn it is */
    struct vector_set *set;
    uint32_t told; /* of its progress: parts of NOTE_PARTS */
};

struct gallery {
    struct engine *engine; /* constant */

    struct mutex lock;
    /* below: held under lock */
    struct cond changed;
    struct hall *halls GUARDED_BY(lock);
    bool stops GUARDED_BY(lock);
    bool has_thread GUARDED_BY(lock);
    struct thread thread; /* written once, joined by gallery_free */
};

/* ---- notes */

static struct note *note_new(const struct mem *mem, const struct hall *hall, struct span key,
                             const float *values)
{
    const size_t numbers = values != NULL ? hall->vectors.kind.dimensions : 0;
    const size_t bytes = sizeof(struct note) + numbers * sizeof *values + key.len;
    struct note *note = mem_new(mem, bytes);
    if (note == NULL) return NULL;
    float *copy = (float *)(note + 1);
    uint8_t *key_bytes = (uint8_t *)(copy + numbers);
    memcpy(key_bytes, key.ptr, key.len);
    if (values != NULL) memcpy(copy, values, numbers * sizeof *values);
    note->bytes = bytes;
    note->key = (struct span){key_bytes, key.len};
    note->values = values != NULL ? copy : NULL;
    return note;
}

static void notes_free(const struct mem *mem, struct note *notes)
{
    while (notes != NULL) {
        struct note *next = notes->next;
        mem_free(mem, notes, notes->bytes);
        notes = next;
    }
}

/* The notes of a hall, taken from it. */
static struct note *take_notes(struct hall *hall)
{
    struct note *notes = hall->notes;
    hall->notes = NULL;
    hall->notes_end = &hall->notes;
    hall->note_bytes = 0;
    return notes;
}

/* ---- halls */

static struct hall *find_hall(const struct gallery *gallery, uint32_t number)
{
    struct hall *hall = gallery->halls;
    while (hall != NULL && hall->vectors.number != number) hall = hall->next;
    return hall;
}

static struct hall *hall_new(struct gallery *gallery, struct gallery_place place)
    REQUIRES(gallery->lock)
{
    char table[CATALOG_TEXT_BYTES];
    struct hall *hall = mem_new(gallery->engine->mem, sizeof *hall);
    if (hall == NULL) return NULL;
    catalog_text(catalog_name_of(place.table), table);
    (void)snprintf(hall->name, sizeof hall->name, "vector index %.*s of table %s",
                   SPAN_ARG(place.vectors->name), table);
    hall->vectors = *place.vectors;
    hall->vectors.name = hall->vectors.attribute = (struct span){0};
    hall->notes_end = &hall->notes;
    hall->next = gallery->halls;
    gallery->halls = hall;
    return hall;
}

static void hall_free(const struct mem *mem, struct hall *hall)
{
    notes_free(mem, hall->notes);
    vector_free(hall->set);
    mem_free(mem, hall, sizeof *hall);
}

/* The last one out of a hall that is no more frees it. */
static void let_go(struct gallery *gallery, struct hall *hall) REQUIRES(gallery->lock)
{
    hall->users--;
    if (hall->is_ended && hall->users == 0) hall_free(gallery->engine->mem, hall);
}

static void enter(struct gallery *gallery, struct hall *hall, bool alone) REQUIRES(gallery->lock)
{
    const uint64_t ticket = hall->tickets_given++;
    while (hall->tickets_served != ticket || hall->is_taken || (alone && hall->readers > 0))
        cond_wait(&gallery->changed, &gallery->lock);
    if (alone)
        hall->is_taken = true;
    else
        hall->readers++;
    hall->tickets_served++;
    cond_wake_all(&gallery->changed);
}

static void leave(struct gallery *gallery, struct hall *hall, bool alone) REQUIRES(gallery->lock)
{
    if (alone)
        hall->is_taken = false;
    else
        hall->readers--;
    cond_wake_all(&gallery->changed);
}

/* ---- from the store */

struct load {
    const struct table_vectors *vectors;
    struct vector_set *set;
    struct arena arena;
};

static status load_each(struct load *load, struct store_cursor *cursor)
{
    for (;;) {
        struct span key = {0}, stored = {0};
        const float *values = NULL;
        bool found = false;
        TRY(store_cursor_next(cursor, &key, &stored, &found));
        if (!found) return ST_OK;
        arena_reset(&load->arena);
        TRY(vector_entry_read(load->vectors, stored, &load->arena, &values));
        TRY(vector_put(load->set, key, values));
    }
}

static status load_in_view(struct store_view *view, void *ctx)
{
    struct load *load = ctx;
    struct store_range range = {0};
    struct store_cursor *cursor = NULL;
    TRY(item_key_vectors(load->vectors->number, &load->arena, &range));
    TRY(store_view_walk(view, range, false, &cursor)); /* copies the range */
    const status st = load_each(load, cursor);
    store_cursor_close(cursor);
    return st;
}

/* A new set with all that the space sees of an index. */
static status load_set(const struct engine_space *space, const struct table_vectors *vectors,
                       struct vector_set **out)
{
    const struct mem *mem = space->engine->mem;
    struct load load = {.vectors = vectors};
    TRY(vector_new(mem, space->engine->hash, vectors->kind, &load.set));
    arena_init(&load.arena, mem, LOAD_ARENA_BYTES_MAX);
    const status st = engine_own_read(space, load_in_view, &load);
    arena_deinit(&load.arena);
    if (st != ST_OK) {
        vector_free(load.set);
        return st;
    }
    *out = load.set;
    return ST_OK;
}

/* ---- telling */

static void tell(const struct engine *engine, const struct hall *hall, const char *what)
{
    char text[TEXT_BYTES + TEXT_BYTES];
    const struct vector_counts counts = vector_count(hall->set);
    if (engine->note == NULL || counts.all < NOTE_VECTORS_MIN) return;
    (void)snprintf(text, sizeof text, "%s: %s, %" PRIu32 " of %" PRIu32 " vectors", hall->name,
                   what, counts.linked, counts.all);
    engine->note(engine->note_ctx, text);
}

/* Of a set that was loaded; not of what writes bring later. Entered alone. */
static void tell_progress(const struct engine *engine, struct hall *hall)
{
    const struct vector_counts counts = vector_count(hall->set);
    const uint64_t linked = counts.linked;
    const uint32_t part = counts.all == 0 ? 0 : (uint32_t)(linked * NOTE_PARTS / counts.all);
    if (part <= hall->told) return;
    hall->told = part;
    tell(engine, hall, part == NOTE_PARTS ? "its graph is complete" : "its graph is being made");
}

/* ---- alone */

static status apply(struct hall *hall, const struct note *notes)
{
    for (const struct note *note = notes; note != NULL; note = note->next) {
        vector_remove(hall->set, note->key);
        if (note->values != NULL) TRY(vector_put(hall->set, note->key, note->values));
    }
    return ST_OK;
}

static status load(struct gallery *gallery, struct hall *hall)
{
    const struct engine_space newest = {.engine = gallery->engine};
    vector_free(hall->set);
    hall->set = NULL;
    hall->told = 0;
    TRY(load_set(&newest, &hall->vectors, &hall->set));
    tell(gallery->engine, hall, "its graph is being made");
    return ST_OK;
}

/* Let the set be what the store holds, loading it if `loads` (GA1, GA2). Entered alone. */
static status bring_up(struct gallery *gallery, struct hall *hall, bool loads)
{
    const struct mem *mem = gallery->engine->mem;
    status st = ST_OK;
    mutex_lock(&gallery->lock);
    struct note *notes = take_notes(hall);
    const bool anew = hall->is_stale || !hall->is_loaded;
    hall->is_loaded = !anew;
    if (loads) hall->is_stale = false;
    mutex_unlock(&gallery->lock);
    if (anew && loads) st = load(gallery, hall);
    if (!anew) st = apply(hall, notes);
    notes_free(mem, notes);
    mutex_lock(&gallery->lock);
    hall->is_loaded = st == ST_OK && (loads || !anew);
    hall->is_stale = hall->is_stale || st != ST_OK;
    mutex_unlock(&gallery->lock);
    return st;
}

static void count(struct hall *hall)
{
    hall->counts = hall->is_loaded ? vector_count(hall->set) : (struct vector_counts){0};
}

/* ---- the thread */

/* A hall with something to do for it, or NULL. One that is not loaded waits for a search. */
static struct hall *find_work(const struct gallery *gallery) REQUIRES(gallery->lock)
{
    struct hall *hall = gallery->halls;
    while (hall != NULL) {
        const bool lags = hall->notes != NULL || hall->counts.linked < hall->counts.all;
        if (hall->is_loaded && !hall->is_stale && lags) return hall;
        hall = hall->next;
    }
    return NULL;
}

/* Without memory the rest stays beside the graph until a search or a write comes. */
static void work_on(struct gallery *gallery, struct hall *hall) REQUIRES(gallery->lock)
{
    hall->users++;
    enter(gallery, hall, true);
    mutex_unlock(&gallery->lock);
    status st = bring_up(gallery, hall, false);
    const bool has_set = st == ST_OK && hall->set != NULL;
    if (has_set) st = vector_link(hall->set, LINKED_AT_ONCE);
    if (has_set) tell_progress(gallery->engine, hall);
    mutex_lock(&gallery->lock);
    count(hall);
    if (st != ST_OK) hall->counts.linked = hall->counts.all;
    leave(gallery, hall, true);
}

static void gallery_main(void *ctx)
{
    struct gallery *gallery = ctx;
    mutex_lock(&gallery->lock);
    while (!gallery->stops) {
        struct hall *hall = find_work(gallery);
        if (hall == NULL) {
            cond_wait(&gallery->changed, &gallery->lock);
            continue;
        }
        work_on(gallery, hall);
        let_go(gallery, hall);
    }
    mutex_unlock(&gallery->lock);
}

/* Without a thread everything stays beside the graph until the next search tries again. */
static void start_thread(struct gallery *gallery) REQUIRES(gallery->lock)
{
    if (gallery->has_thread) return;
    gallery->has_thread = thread_start(&gallery->thread, "vectors", gallery_main, gallery) == ST_OK;
}

/* ---- searching */

static status bring_up_if_needed(struct gallery *gallery, struct hall *hall) REQUIRES(gallery->lock)
{
    status st = ST_OK;
    if (hall->is_loaded && !hall->is_stale && hall->notes == NULL) return ST_OK;
    enter(gallery, hall, true);
    mutex_unlock(&gallery->lock);
    st = bring_up(gallery, hall, true);
    mutex_lock(&gallery->lock);
    count(hall);
    leave(gallery, hall, true);
    return st;
}

static status search_hall(struct gallery *gallery, struct hall *hall, struct vector_search *search,
                          struct arena *arena) REQUIRES(gallery->lock)
{
    for (;;) {
        TRY(bring_up_if_needed(gallery, hall));
        enter(gallery, hall, false);
        if (hall->is_loaded) break;
        leave(gallery, hall, false); /* the thread found it stale in between */
    }
    mutex_unlock(&gallery->lock);
    const status st = vector_search(hall->set, search, arena);
    mutex_lock(&gallery->lock);
    leave(gallery, hall, false);
    return st;
}

static status search_newest(struct gallery *gallery, struct gallery_place place,
                            struct vector_search *search, struct arena *arena)
{
    status st = ST_NO_MEMORY;
    mutex_lock(&gallery->lock);
    struct hall *hall = find_hall(gallery, place.vectors->number);
    if (hall == NULL) hall = hall_new(gallery, place);
    if (hall != NULL) {
        start_thread(gallery);
        hall->users++;
        st = search_hall(gallery, hall, search, arena);
        let_go(gallery, hall);
    }
    mutex_unlock(&gallery->lock);
    return st;
}

static status search_then(const struct engine_space *space, struct gallery_place place,
                          struct vector_search *search, struct arena *arena)
{
    struct vector_set *set = NULL;
    TRY(load_set(space, place.vectors, &set));
    const status st = vector_search(set, search, arena);
    vector_free(set);
    return st;
}

status gallery_search(const struct engine_space *space, struct gallery_place place,
                      struct vector_search *search, struct arena *arena)
{
    if (space->snapshot != NULL) return search_then(space, place, search, arena);
    return search_newest(space->engine->gallery, place, search, arena);
}

/* ---- changes */

static void forget_notes(const struct mem *mem, struct hall *hall)
{
    notes_free(mem, take_notes(hall));
    hall->is_stale = true;
}

/* The key of an entry follows from the item's: item_key.h. */
static void take_note(struct gallery *gallery, struct hall *hall, struct span key,
                      const float *values) REQUIRES(gallery->lock)
{
    const struct mem *mem = gallery->engine->mem;
    const bool has_room = hall->note_bytes < NOTES_BYTES_MAX;
    struct note *note = has_room ? note_new(mem, hall, key, values) : NULL;
    if (note == NULL) {
        forget_notes(mem, hall);
        return;
    }
    *hall->notes_end = note;
    hall->notes_end = &note->next;
    hall->note_bytes += note->bytes;
    cond_wake_all(&gallery->changed);
}

static void note_one(struct gallery *gallery, uint32_t number, struct span key,
                     const struct vector_delta *delta)
{
    enum { ENTRY_BYTES_MAX = 64 << 10 };
    struct arena arena;
    struct span entry = {0};
    mutex_lock(&gallery->lock);
    struct hall *hall = find_hall(gallery, number);
    if (hall != NULL && !hall->is_stale) {
        arena_init(&arena, gallery->engine->mem, ENTRY_BYTES_MAX);
        if (item_key_vector(number, key, &arena, &entry) == ST_OK)
            take_note(gallery, hall, entry, delta->values);
        else
            forget_notes(gallery->engine->mem, hall);
        arena_deinit(&arena);
    }
    mutex_unlock(&gallery->lock);
}

void gallery_note(struct gallery *gallery, const struct table *table, struct span key,
                  const struct vector_delta *deltas)
{
    for (uint8_t i = 0; i < table->spec.vector_count; i++)
        if (deltas[i].changed) note_one(gallery, table->spec.vectors[i].number, key, &deltas[i]);
}

void gallery_end(struct gallery *gallery, uint32_t number)
{
    mutex_lock(&gallery->lock);
    struct hall **at = &gallery->halls;
    while (*at != NULL && (*at)->vectors.number != number) at = &(*at)->next;
    struct hall *hall = *at;
    if (hall != NULL) {
        *at = hall->next;
        hall->is_ended = true;
        if (hall->users == 0) hall_free(gallery->engine->mem, hall);
    }
    mutex_unlock(&gallery->lock);
}

void gallery_forget(struct gallery *gallery)
{
    mutex_lock(&gallery->lock);
    for (struct hall *hall = gallery->halls; hall != NULL; hall = hall->next)
        forget_notes(gallery->engine->mem, hall);
    mutex_unlock(&gallery->lock);
}

struct gallery_counts gallery_count(struct gallery *gallery)
{
    struct gallery_counts sum = {0};
    mutex_lock(&gallery->lock);
    for (const struct hall *hall = gallery->halls; hall != NULL; hall = hall->next) {
        sum.vectors += hall->counts.all;
        sum.linked += hall->counts.linked;
        sum.bytes += hall->counts.bytes + hall->note_bytes;
    }
    mutex_unlock(&gallery->lock);
    return sum;
}

/* ---- the gallery */

status gallery_new(struct engine *engine, struct gallery **out)
{
    struct gallery *gallery = mem_new(engine->mem, sizeof *gallery);
    if (gallery == NULL) return ST_NO_MEMORY;
    gallery->engine = engine;
    mutex_init(&gallery->lock);
    cond_init(&gallery->changed);
    *out = gallery;
    return ST_OK;
}

void gallery_free(struct gallery *gallery)
{
    if (gallery == NULL) return;
    mutex_lock(&gallery->lock);
    gallery->stops = true;
    const bool has_thread = gallery->has_thread;
    cond_wake_all(&gallery->changed);
    mutex_unlock(&gallery->lock);
    if (has_thread) thread_join(&gallery->thread);
    while (gallery->halls != NULL) {
        struct hall *hall = gallery->halls;
        gallery->halls = hall->next;
        hall_free(gallery->engine->mem, hall);
    }
    cond_deinit(&gallery->changed);
    mutex_deinit(&gallery->lock);
    mem_free(gallery->engine->mem, gallery, sizeof *gallery);
}
