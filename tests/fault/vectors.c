/* vectors.c -- see vectors.h. The database answers on the thread that asks. */
#include "fault/vectors.h"

#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

enum { DIMENSIONS = 2, NAME_BYTES = 20, ARENA_BYTES = 1 << 20, POLL_US = 1000 };

static struct engine_space space_of(const struct house *house)
{
    return (struct engine_space){.engine = instance_engine(house->instance), .helps = true};
}

/* ---- making and ending */

struct answer {
    status st;
    atomic_bool over;
};

static void answered(void *ctx, status st)
{
    struct answer *answer = ctx;
    answer->st = st;
    atomic_store(&answer->over, true);
}

static status change(struct house *house, const char *table,
                     const struct engine_table_change *change)
{
    const struct engine_space space = space_of(house);
    struct answer answer = {.st = ST_OK};
    struct engine_table_write write = {.verb = ENGINE_TABLE_UPDATE,
                                       .name = span_of(table),
                                       .change = change,
                                       .arena = &house->arena,
                                       .err = &house->err,
                                       .done = answered,
                                       .done_ctx = &answer};
    house->err = error_in(&house->arena);
    TRY(engine_table_write(&space, &write));
    engine_help(space.engine, &answer.over);
    if (answer.st == ST_OK) table_drop(write.description.table);
    return answer.st;
}

status vectors_create(struct house *house, const char *table, const char *name)
{
    const struct table_vectors vectors = {
        .name = span_of(name), .attribute = SPAN("v"), .kind = {DIMENSIONS, VECTOR_EUCLIDEAN}
    };
    return change(house, table, &(struct engine_table_change){.new_vectors = &vectors});
}

status vectors_drop(struct house *house, const char *table, const char *name)
{
    return change(house, table, &(struct engine_table_change){.dropped_vectors = span_of(name)});
}

/* ---- looking */

static status look(struct house *house, const char *table, const char *name)
{
    const struct engine_space space = space_of(house);
    struct engine_description seen = {.table = NULL};
    TRY(engine_table_describe(&space, span_of(table), &seen, &house->err));
    const struct table_vectors *vectors = table_find_vectors(seen.table, span_of(name));
    status st = ST_TIMEOUT;
    if (vectors == NULL)
        st = ST_NOT_FOUND;
    else if (vectors->status == TABLE_ACTIVE)
        st = ST_OK;
    table_drop(seen.table);
    return st;
}

status vectors_wait(struct house *house, const char *table, const char *name, unsigned most_ms)
{
    status st = look(house, table, name);
    for (unsigned ms = 0; st == ST_TIMEOUT && ms < most_ms; ms++) {
        usleep(POLL_US);
        st = look(house, table, name);
    }
    return st;
}

/* ---- searching */

static status search(struct house *house, struct engine_nearest *nearest, struct arena *arena)
{
    const struct engine_space space = space_of(house);
    struct value pk = {0};
    struct error err = error_in(arena);
    TRY(engine_nearest(&space, nearest, arena, &err));
    assert_int_equal(nearest->count, 1);
    assert_true(value_find(nearest->items[0], SPAN("pk"), &pk));
    (void)snprintf(house->reply, sizeof house->reply, "%.*s %g", SPAN_ARG(pk.body),
                   nearest->scores[0]);
    return ST_OK;
}

/* The first word of `text`; what is behind it and the blank. */
static const char *take_word(const char *text, char word[NAME_BYTES])
{
    const size_t len = strcspn(text, " ");
    assert_true(len < NAME_BYTES && text[len] == ' ');
    memcpy(word, text, len);
    word[len] = '\0';
    return text + len + 1;
}

status vectors_nearest(struct house *house, const char *body)
{
    char table[NAME_BYTES], index[NAME_BYTES];
    const float at[DIMENSIONS] = {strtof(take_word(take_word(body, table), index), NULL)};
    struct arena arena;
    arena_init(&arena, support_mem(), ARENA_BYTES);
    const status st = search(house,
                             &(struct engine_nearest){.table_name = span_of(table),
                                                      .index_name = span_of(index),
                                                      .values = at,
                                                      .dimensions = DIMENSIONS,
                                                      .limit = 1},
                             &arena);
    arena_deinit(&arena);
    return st;
}
