/* model.h -- what random operations on an engine are compared with: arrays that cannot be wrong.
 *
 *     model_open -> { model_write_step | model_read_step | model_index_step … } -> model_close
 *
 * Two tables of the same shape, each MODEL_PARTITIONS x MODEL_SORTS places. A place is absent or an
 * item with its key and any of five attributes:
 *
 *     pk  S  p0, p1 …            partition key
 *     sk  N  -5, -4.5 … 5        sort key
 *     g   S  g0, g1, g2          groups
 *     l   N  0 … 5
 *     n   N  any small number
 *     w   S  w0 … w3             or, while no index wants it to be a string, a number
 *     x   S  0 to 3500 letters   makes items of several capacity units
 *
 * A table is walked as itself or by one of its indexes, its homes:
 *
 *     name    key                 holds          lives
 *     local   pk; l               x              always
 *     groups  g; n                everything     always
 *     multi   g, l; n             keys           always
 *     late    w; l, n             keys           comes and goes while all else goes on
 *
 * Files: model.c has the arrays and what follows from them (texts, sizes, costs), model_write.c
 * and model_read.c do an operation to both sides and compare, model_test.c runs them.
 */
#ifndef STATOR_TESTS_ENGINE_MODEL_H
#define STATOR_TESTS_ENGINE_MODEL_H

#include "engine/fixture.h"

enum { MODEL_TABLES = 2, MODEL_PARTITIONS = 8, MODEL_SORTS = 21 };

/* Attributes, and the parts of keys. */
typedef enum model_part {
    MODEL_G,
    MODEL_L,
    MODEL_N,
    MODEL_W,
    MODEL_X,
    MODEL_ATTRIBUTES,
    MODEL_PK = MODEL_ATTRIBUTES,
    MODEL_SK,
    MODEL_PARTS,
} model_part;

#define MODEL_BIT(part) (1U << (part))
#define MODEL_KEYS (MODEL_BIT(MODEL_PK) | MODEL_BIT(MODEL_SK))
#define MODEL_ALL (MODEL_BIT(MODEL_PARTS) - 1)

struct model_value {
    bool there;
    bool is_wrong; /* of w: a number */
    int v;
};

struct model_place {
    bool there;
    struct model_value at[MODEL_ATTRIBUTES];
};

/* Where a place stands. */
struct model_ref {
    int table, pk, sk;
};

typedef enum model_home_number {
    MODEL_TABLE,
    MODEL_LOCAL,
    MODEL_GROUPS,
    MODEL_MULTI,
    MODEL_LATE,
    MODEL_HOMES,
} model_home_number;

struct model_home {
    const char *name; /* of the index; "" is the table */
    bool global;
    uint8_t partition_count, sort_count;
    model_part partition[2], sort[2];
    unsigned held; /* bits of parts */
};
extern const struct model_home model_homes[MODEL_HOMES];
extern const char *const model_table_names[MODEL_TABLES];
extern const char *const model_part_names[MODEL_PARTS];

struct model {
    struct fixture f;
    struct support_random random;
    char *folder; /* NULL: in memory */
    struct model_place places[MODEL_TABLES][MODEL_PARTITIONS][MODEL_SORTS];
    bool has_late[MODEL_TABLES];
    bool late_was_active[MODEL_TABLES]; /* seen so: it can be read */
    uint32_t tokens;
    uint64_t step; /* the one under way, from 1; 0: none */
};

/* Make the tables, on disk with `on_disk`. */
void model_open(struct model *m, bool on_disk);

/* Compare all, let engine_check judge the data, and close. */
void model_close(struct model *m);

/* Close and open again, on disk; compare the counts before and after. */
void model_reopen(struct model *m);

/* One random operation, done to both and compared. */
void model_write_step(struct model *m);
void model_read_step(struct model *m);

/* Make or end "late" on one of the tables, or see that it becomes ACTIVE. */
void model_index_step(struct model *m);
void model_wait_for_late(struct model *m);

/* Every item, entry and count of both sides. */
void model_compare_all(struct model *m);

/* ---- for the steps */

/* From 0 to bound - 1. */
int model_pick(struct model *m, int bound);
struct model_ref model_pick_ref(struct model *m);
struct model_place *model_at(struct model *m, struct model_ref ref);

/* Text in the fixture's arena, of at most 8 KiB. */
const char *model_print(struct model *m, const char *format, ...) PRINTF(2, 3);

/* A value that `part` may have; the JSON of one: {"N":"5"}. Of x, `v` is the length. */
int model_pick_value(struct model *m, model_part part);
const char *model_json(struct model *m, model_part part, struct model_value value);

/* What `place` has at a part of a key. */
struct model_value model_value_at(struct model_ref ref, const struct model_place *place,
                                  model_part part);

/* The item as JSON, with only the parts whose bits are set; "{}" if none is there. */
const char *model_text(struct model *m, struct model_ref ref, const struct model_place *place,
                       unsigned bits);

/* DynamoDB's size of that; 0 for a place that is absent. */
uint32_t model_size(struct model_ref ref, const struct model_place *place, unsigned bits);

/* Does the item stand in the home? Which parts of it are keys there, which does the home hold? */
bool model_stands(const struct model_home *home, const struct model_place *place);
unsigned model_keys(const struct model_home *home);
unsigned model_held(const struct model_home *home);

/* Is there such a home of this table now? */
bool model_has_home(const struct model *m, int table, model_home_number home);

#endif
