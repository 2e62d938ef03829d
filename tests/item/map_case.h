/* map_case.h -- maps as tests write them: DynamoDB's JSON with ' for ", in an arena of the test.
 *
 *     map_case_of(&arena, "{'pk':{'S':'a'}}")
 *
 * Broken JSON fails the test.
 */
#ifndef STATOR_TESTS_ITEM_MAP_CASE_H
#define STATOR_TESTS_ITEM_MAP_CASE_H

#include "support/support.h"

#include "item/wire.h"

/* The text with " for '. */
struct span map_case_quoted(struct arena *arena, const char *json);

/* A reader of item/wire.h. */
typedef status(map_case_read)(struct json_reader *json, json_token first, struct value *out,
                              struct error *late, struct error *err);

/* What `read` makes of `json`; NULL is a value of type VALUE_NONE. */
struct value map_case_by(struct arena *arena, const char *json, map_case_read *read);

/* The same by wire_read_map. */
struct value map_case_of(struct arena *arena, const char *json);

/* Assert that `map` is what `json` describes, showing both if not. */
void map_case_assert(struct arena *arena, struct value map, const char *json);

#endif
